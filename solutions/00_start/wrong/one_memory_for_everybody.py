"""Keeps one history for the whole program, so that every user continues the same conversation."""

CAUGHT_BY = ["test_two_conversations_know_nothing_of_each_other"]
HINT = 2

said: Messages = []


def tell(messages: Messages, text: str) -> Messages:
    said.append({"role": "user", "content": text})
    said.append({"role": "assistant", "content": ask(said)})
    return list(said)
