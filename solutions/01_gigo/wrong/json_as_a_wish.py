"""Asks for JSON in the prompt only: the provider is not told, and may answer in prose."""

CAUGHT_BY = ["test_a_good_reply_takes_one_call"]
HINT = 6
told = ask


def ask(messages: Messages, tier: str, form: str = "text") -> tuple[str, Call]:
    return told(messages, tier, "text")
