"""Reads the last line of the reply, as if what stands above it were only thinking aloud."""

CAUGHT_BY = ["test_anything_else_is_other[nearly]"]
HINT = 4


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    said, call = ask(intent_messages(query, intents), "fast")
    label = (said.strip().splitlines() or [""])[-1]
    return label if label in intents else "OTHER", call
