"""Sorts with the smart tier: the call that was to save money costs twenty times as much."""

CAUGHT_BY = ["test_the_fast_tier_names_the_intent"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "smart")
    return said.strip() if said.strip() in intents else "OTHER", call
