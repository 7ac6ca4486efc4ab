"""Keeps dollars as floats: three times ten cents is more than thirty."""

CAUGHT_BY = ["test_a_limit_may_be_reached_and_not_passed", "test_no_digit_of_money_is_lost"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = "SELECT coalesce(spent, reserved) FROM spend WHERE tenant = ? AND coalesce(closed, expires) > ?"
    sums = {}
    for name, length in WINDOWS.items():
        total = 0.0
        for (dollars,) in store.execute(query, (tenant, now - length)):
            total += float(dollars)
        sums[name] = Decimal(total)
    return sums
