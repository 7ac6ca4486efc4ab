"""Drops a reservation when it expires: whoever held it may have sent the call."""

CAUGHT_BY = ["test_a_killed_holder_has_spent_its_reservation"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, reserved) FROM spend WHERE tenant = ? AND coalesce(closed, expires) > ?"
    query += f" AND (closed IS NOT NULL OR expires > {now})"
    return {
        name: sum((Decimal(row[0]) for row in store.execute(query, (tenant, now - length))), Decimal(0))
        for name, length in WINDOWS.items()
    }
