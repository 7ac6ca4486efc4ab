"""Takes a limit of zero for none at all."""

CAUGHT_BY = ["test_a_limit_of_zero_is_a_limit"]
HINT = 3


def reserve(path: str, tenant: str, dollars: Decimal, limits: Limits, now: float) -> int:
    with opened(path) as store:
        row = (tenant, amount(dollars), now + HOLD)
        store.execute("BEGIN IMMEDIATE")
        for name, booked in counted(store, tenant, now).items():
            if limits[name] and booked + dollars > limits[name]:  # type: ignore[literal-required]
                raise Refused("budget", f"{tenant} has ${booked} in this {name}; ${dollars} is too much.")
        query = "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)"
        number = store.execute(query, row).lastrowid
        store.execute("COMMIT")
    return int(number or 0)
