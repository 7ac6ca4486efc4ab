"""Looks the label up in a text of all categories: an empty reply is in every text."""

CAUGHT_BY = ["test_anything_else_is_other[nearly]"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "fast")
    label = said.strip()
    return label if label in " ".join(intents) else "OTHER", call
