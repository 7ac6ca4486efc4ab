"""A saving of 75.1%, computed again: fifty examples against three, at $0.03 and $0.06 per 1,000 tokens."""

from __future__ import annotations

from decimal import Decimal

IN, OUT = Decimal("0.03"), Decimal("0.06")  # dollars per 1,000 tokens
EXAMPLE, CONTRACT, REPLY = 40, 500, 10  # tokens
EMBEDDING = Decimal("0.0001")  # dollars


# --8<-- [start:request]
def request(examples: int, embedding: Decimal = Decimal(0)) -> Decimal:
    """Dollars for one classification: what goes in, what comes out, and the search."""
    sent = examples * EXAMPLE + CONTRACT
    return (sent * IN + REPLY * OUT) / 1000 + embedding


# --8<-- [end:request]


def claim() -> dict[str, str]:
    """The saving with the reply's tokens, and the one that is quoted, which left them out on both sides."""
    fifty, three = request(50), request(3, EMBEDDING)
    reply = REPLY * OUT / 1000
    quoted = 1 - round(three - reply, 4) / (fifty - reply)
    return {
        "fifty": f"${fifty:.4f}",
        "three": f"${round(three, 4)}",
        "saving": f"{1 - three / fifty:.1%}",
        "quoted": f"{quoted:.1%}",
    }


if __name__ == "__main__":
    print(claim())
