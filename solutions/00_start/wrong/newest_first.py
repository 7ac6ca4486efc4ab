"""Puts the newest message first, and the model reads the conversation backwards."""

CAUGHT_BY = ["test_the_second_call_sends_the_first_turn"]
HINT = 2


def tell(messages: Messages, text: str) -> Messages:
    asked = [*messages, {"role": "user", "content": text}]
    return [*asked, {"role": "assistant", "content": ask(asked[::-1])}]
