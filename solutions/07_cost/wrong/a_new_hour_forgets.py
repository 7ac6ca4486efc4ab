"""Begins anew with every full hour, and forgets what was reserved in the old one."""

CAUGHT_BY = ["test_a_new_hour_forgets_no_open_reservation"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, reserved) FROM spend WHERE"
    query += " tenant = ? AND coalesce(closed, expires - 600) >= ?"
    return {
        name: sum((Decimal(row[0]) for row in store.execute(query, (tenant, now - now % length))), Decimal(0))
        for name, length in WINDOWS.items()
    }
