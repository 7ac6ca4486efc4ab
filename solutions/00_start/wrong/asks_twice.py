"""Asks twice to be sure; each call is paid for."""

CAUGHT_BY = ["test_asks_the_fast_tier_once", "test_returns_the_words_of_the_reply"]
HINT = 1


def ask(messages: Messages) -> str:
    for _ in range(2):
        reply = client().chat.completions.create(model=model("fast"), messages=messages)
    return reply.choices[0].message.content
