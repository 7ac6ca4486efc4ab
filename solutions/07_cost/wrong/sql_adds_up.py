"""Lets SQL add up the dollars, which turns the text into floats."""

CAUGHT_BY = ["test_no_digit_of_money_is_lost"]
HINT = 3


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    query = (
        "SELECT coalesce(sum(coalesce(spent, reserved)), 0) FROM spend"
        " WHERE tenant = ? AND coalesce(closed, expires) > ?"
    )
    return {
        name: Decimal(str(store.execute(query, (tenant, now - length)).fetchone()[0]))
        for name, length in WINDOWS.items()
    }
