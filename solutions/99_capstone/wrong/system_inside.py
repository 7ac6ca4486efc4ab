"""Sends Anthropic the system prompt as one more message of the user."""

CAUGHT_BY = ["test_anthropic_gets_the_system_prompt_apart"]
HINT = 2


apart = ask_anthropic


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Any) -> Completion:
    inside = [{**m, "role": "user" if m["role"] == "system" else m["role"]} for m in body["messages"]]
    return apart(sdk, {**body, "messages": inside}, on_text)
