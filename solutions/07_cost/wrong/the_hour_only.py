"""Looks at the hour and forgets the day."""

CAUGHT_BY = ["test_each_window_has_its_limit"]
HINT = 3


def reserve(path: str, tenant: str, dollars: Decimal, limits: Limits, now: float) -> int:
    with opened(path) as store:
        row = (tenant, amount(dollars), now + HOLD)
        store.execute("BEGIN IMMEDIATE")
        for name, booked in [("hour", counted(store, tenant, now)["hour"])]:
            if booked + dollars > limits[name]:  # type: ignore[literal-required]
                raise Refused("budget", f"{tenant} has ${booked} in this {name}; ${dollars} is too much.")
        query = "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)"
        number = store.execute(query, row).lastrowid
        store.execute("COMMIT")
    return int(number or 0)
