"""Asks for JSON where the prompt asks for one word: the provider refuses JSON mode without the word JSON."""

CAUGHT_BY = ["test_the_fast_tier_names_the_intent"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "fast", "json_object")
    return said.strip() if said.strip() in intents else "OTHER", call
