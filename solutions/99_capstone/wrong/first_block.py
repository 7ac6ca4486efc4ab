"""Takes Anthropic's first content block for the text: it is the thinking."""

CAUGHT_BY = ["test_both_wires_come_back_as_one_completion"]
HINT = 2


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Any) -> Completion:
    system = "\n".join(m["content"] for m in body["messages"] if m["role"] == "system")
    turns = [m for m in body["messages"] if m["role"] != "system"]
    reply = sdk.messages.create(**{**body, "messages": turns, "system": system})
    return Completion(getattr(reply.content[0], "text", ""), usage_of(reply.usage), "stop")
