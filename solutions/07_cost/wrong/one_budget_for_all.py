"""Adds up the spending of all tenants: one of them can use up the budget of the others."""

CAUGHT_BY = ["test_each_window_has_its_limit"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, reserved) FROM spend WHERE ? != '' AND coalesce(closed, expires) > ?"
    return {
        name: sum((Decimal(row[0]) for row in store.execute(query, (tenant, now - length))), Decimal(0))
        for name, length in WINDOWS.items()
    }
