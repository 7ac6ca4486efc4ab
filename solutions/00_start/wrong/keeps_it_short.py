"""Sends a limit that was copied from somewhere: the reply ends after twenty tokens."""

CAUGHT_BY = ["test_asks_for_the_whole_reply"]
HINT = 1


def ask(messages: Messages) -> str:
    reply = client().chat.completions.create(model=model("fast"), messages=messages, max_completion_tokens=20)
    return reply.choices[0].message.content
