"""Pastes the conversation into one user message and loses who said what."""

CAUGHT_BY = ["test_the_second_call_sends_the_first_turn"]
HINT = 2


def tell(messages: Messages, text: str) -> Messages:
    pasted = "\n".join(message["content"] for message in messages)
    reply = ask([{"role": "user", "content": f"{pasted}\n{text}".strip()}])
    return [*messages, {"role": "user", "content": text}, {"role": "assistant", "content": reply}]
