"""Returns the reply as an object turned into text, and not the words in it."""

CAUGHT_BY = ["test_returns_the_words_of_the_reply", "test_a_busy_provider_is_asked_again"]
HINT = 1


def ask(messages: Messages) -> str:
    return str(client().chat.completions.create(model=model("fast"), messages=messages))
