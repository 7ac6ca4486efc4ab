"""Mends the label until it fits, its case and its punctuation: what else is mended, nobody has decided."""

CAUGHT_BY = ["test_anything_else_is_other[nearly]"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "fast")
    label = said.strip(" \n.!\"'`*").upper()
    return label if label in intents else "OTHER", call
