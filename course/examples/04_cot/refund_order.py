"""The orders of the refund example: the first two are the same product, 26 days apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Order:
    """What the shop knows about an order; `reason` is what the customer wrote."""

    id: str
    bought: date
    asked: date
    reason: str

    def __str__(self) -> str:
        return f"Order {self.id}, bought {self.bought}, refund asked for {self.asked}. Reason: {self.reason}"


HINGE = Order("ORD-12345", date(2024, 1, 15), date(2024, 3, 20), "The hinge of the lid broke.")
LATE_HINGE = Order("ORD-12346", date(2024, 1, 15), date(2024, 4, 15), "The hinge of the lid broke.")
JACKET = Order("ORD-20077", date(2024, 1, 15), date(2024, 3, 20), "I like another jacket better now.")
