"""Passes Anthropic's reason on as it is: `max_tokens` where the rest of the program looks for `length`."""

CAUGHT_BY = ["test_a_reply_at_its_token_limit_says_so[anthropic]"]
HINT = 2


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Callable[[str], Any] | None) -> Completion:
    system = "\n".join(m["content"] for m in body["messages"] if m["role"] == "system")
    body = {**body, "messages": [m for m in body["messages"] if m["role"] != "system"], "system": system}
    if on_text is None:
        reply = genuine(sdk.messages.create(**body), "content", sdk)
    else:
        reply = None
        with sdk.messages.stream(**body) as stream:
            for event in unbroken(stream):
                reply = stream.current_message_snapshot
                if event.type == "text":
                    on_text(event.text)
        if reply is None:
            return Completion("", Usage(), "cut")
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = {"end_turn": "stop", "stop_sequence": "stop", None: "cut"}
    return Completion(text, usage_of(reply.usage), finish.get(reply.stop_reason, reply.stop_reason))
