"""A refund decision in one word: nobody can check it, and nobody can explain it afterwards."""

from __future__ import annotations

from refund_order import Order

from grader.models import model


# --8<-- [start:naive]
def approve(client, order: Order) -> bool:
    """Whether the model says yes."""
    prompt = f"Should we refund this order? {order} Answer yes or no."
    reply = client.chat.completions.create(
        model=model("balanced"), messages=[{"role": "user", "content": prompt}]
    )
    return "yes" in reply.choices[0].message.content.lower()


# --8<-- [end:naive]
