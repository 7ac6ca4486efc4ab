"""A question that takes several steps, answered at once."""

from __future__ import annotations

from grader.models import model

TRAIN = "A train goes 60 mph for 2.5 hours, then 80 mph for 1.5 hours. What is its average speed?"


# --8<-- [start:direct]
def direct(client, question: str) -> str:
    """The answer, and nothing but the answer: the first token has to be right."""
    messages = [
        {"role": "system", "content": "Reply with the answer only."},
        {"role": "user", "content": question},
    ]
    reply = client.chat.completions.create(model=model("balanced"), messages=messages)
    return reply.choices[0].message.content


# --8<-- [end:direct]
