"""Asks the smart tier because it is the best one; it costs twenty times as much for the same hello."""

CAUGHT_BY = ["test_asks_the_fast_tier_once"]
HINT = 1


def ask(messages: Messages) -> str:
    reply = client().chat.completions.create(model=model("smart"), messages=messages)
    return reply.choices[0].message.content
