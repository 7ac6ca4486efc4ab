"""Keeps what the user said and drops what the model said."""

CAUGHT_BY = ["test_a_conversation_ends_with_the_reply", "test_the_conversation_grows_by_two_each_turn"]
HINT = 2


def tell(messages: Messages, text: str) -> Messages:
    asked = [*messages, {"role": "user", "content": text}]
    ask(asked)
    return asked
