"""Looks for a category somewhere in the words: a doubt between two of them becomes the first."""

CAUGHT_BY = ["test_anything_else_is_other[explains_itself]"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "fast")
    return next((intent for intent in intents if intent in said), "OTHER"), call
