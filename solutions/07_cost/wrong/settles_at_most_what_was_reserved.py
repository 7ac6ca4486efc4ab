"""Books no more than was reserved: the rest was spent all the same."""

CAUGHT_BY = ["test_spending_more_than_reserved_is_booked_all_the_same"]
HINT = 3


def settle(path: str, number: int, dollars: Decimal, now: float) -> None:
    with opened(path) as store:
        row = store.execute(
            "SELECT reserved FROM spend WHERE number = ? AND spent IS NULL", (number,)
        ).fetchone()
        if row is None:
            raise LookupError(f"There is no open reservation {number}.")
        booked = min(dollars, Decimal(row[0]))
        query = "UPDATE spend SET spent = ?, closed = ? WHERE number = ?"
        store.execute(query, (amount(booked), now, number))
