"""Refuses to close a reservation that has expired, though its holder knows the real cost."""

CAUGHT_BY = ["test_late_news_is_booked"]
HINT = 3


def settle(path: str, number: int, dollars: Decimal, now: float) -> None:
    query = "UPDATE spend SET spent = ?, closed = ? WHERE number = ? AND spent IS NULL"
    query += f" AND expires > {now}"
    with opened(path) as store:
        if not store.execute(query, (amount(dollars), now, number)).rowcount:
            raise LookupError(f"There is no open reservation {number}.")
