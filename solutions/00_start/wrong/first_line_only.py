"""Keeps the first line of the reply: the model may write several."""

CAUGHT_BY = ["test_a_busy_provider_is_asked_again"]
HINT = 1


def ask(messages: Messages) -> str:
    reply = client().chat.completions.create(model=model("fast"), messages=messages)
    return reply.choices[0].message.content.splitlines()[0]
