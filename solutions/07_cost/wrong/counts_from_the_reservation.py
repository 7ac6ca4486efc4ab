"""Counts from the moment of reserving: what a slow call cost is forgotten too early."""

CAUGHT_BY = ["test_what_was_settled_counts_for_a_window", "test_a_killed_holder_has_spent_its_reservation"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, reserved) FROM spend WHERE tenant = ? AND expires - 600 > ?"
    return {
        name: sum((Decimal(row[0]) for row in store.execute(query, (tenant, now - length))), Decimal(0))
        for name, length in WINDOWS.items()
    }
