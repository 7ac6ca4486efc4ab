"""Sends the new message alone, as if the model remembered the earlier ones."""

CAUGHT_BY = ["test_the_second_call_sends_the_first_turn"]
HINT = 2


def tell(messages: Messages, text: str) -> Messages:
    asked = {"role": "user", "content": text}
    return [*messages, asked, {"role": "assistant", "content": ask([asked])}]
