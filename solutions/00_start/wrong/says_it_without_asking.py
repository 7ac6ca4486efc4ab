"""Returns a fixed text: it looks like a reply, and no model was asked."""

CAUGHT_BY = ["test_returns_the_words_of_the_reply", "test_asks_the_fast_tier_once"]
HINT = 1


def ask(messages: Messages) -> str:
    return "Hello, Ada."
