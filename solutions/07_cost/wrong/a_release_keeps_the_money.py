"""Closes a released reservation at what was reserved."""

CAUGHT_BY = ["test_a_release_gives_everything_back"]
HINT = 3


def release(path: str, number: int, now: float) -> None:
    query = "UPDATE spend SET spent = reserved, closed = ? WHERE number = ? AND spent IS NULL"
    with opened(path) as store:
        if not store.execute(query, (now, number)).rowcount:
            raise LookupError(f"There is no open reservation {number}.")
