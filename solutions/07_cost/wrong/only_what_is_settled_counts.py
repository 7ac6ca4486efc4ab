"""Sums up what was spent and forgets what is reserved: calls in flight are free."""

CAUGHT_BY = ["test_what_is_reserved_counts_at_once", "test_a_killed_holder_has_spent_its_reservation"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, '0') FROM spend WHERE tenant = ? AND coalesce(closed, expires) > ?"
    return {
        name: sum((Decimal(row[0]) for row in store.execute(query, (tenant, now - length))), Decimal(0))
        for name, length in WINDOWS.items()
    }
