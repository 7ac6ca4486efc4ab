"""Reads the first word of the reply and no further: the doubt, or the customer's reason, comes after it."""

CAUGHT_BY = ["test_anything_else_is_other[nearly]", "test_anything_else_is_other[obeys]"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "fast")
    label = (said.split() or [""])[0]
    return label if label in intents else "OTHER", call
