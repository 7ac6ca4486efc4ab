"""Counts from the moment of reserving, so that a new hour forgets what is still reserved."""

CAUGHT_BY = ["test_a_new_hour_forgets_no_open_reservation"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, reserved) FROM spend WHERE tenant = ? AND expires - 600 > ?"
    return {
        name: sum((Decimal(row[0]) for row in store.execute(query, (tenant, now - length))), Decimal(0))
        for name, length in WINDOWS.items()
    }
