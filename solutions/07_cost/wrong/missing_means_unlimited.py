"""Takes a limit that is missing for no limit at all."""

CAUGHT_BY = ["test_a_missing_limit_is_not_infinite"]
HINT = 3


def reserve(path: str, tenant: str, dollars: Decimal, limits: Limits, now: float) -> int:
    with opened(path) as store:
        row = (tenant, amount(dollars), now + HOLD)
        store.execute("BEGIN IMMEDIATE")
        for name, booked in counted(store, tenant, now).items():
            if booked + dollars > limits.get(name, Decimal("Infinity")):
                raise Refused("budget", f"{tenant} has ${booked} in this {name}; ${dollars} is too much.")
        query = "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)"
        number = store.execute(query, row).lastrowid
        store.execute("COMMIT")
    return int(number or 0)
