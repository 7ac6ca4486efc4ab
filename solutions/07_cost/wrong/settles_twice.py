"""Lets a reservation be settled again, so that a late release takes back what was spent."""

CAUGHT_BY = ["test_a_reservation_is_closed_once"]
HINT = 3


def settle(path: str, number: int, dollars: Decimal, now: float) -> None:
    query = "UPDATE spend SET spent = ?, closed = ? WHERE number = ?"
    with opened(path) as store:
        if not store.execute(query, (amount(dollars), now, number)).rowcount:
            raise LookupError(f"There is no open reservation {number}.")
