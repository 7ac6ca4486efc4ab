"""Books whatever it is given: minus one dollar makes room for another one."""

CAUGHT_BY = ["test_what_is_no_amount_is_not_booked"]
HINT = 3


def reserve(path: str, tenant: str, dollars: Decimal, limits: Limits, now: float) -> int:
    with opened(path) as store:
        row = (tenant, str(dollars), now + HOLD)
        store.execute("BEGIN IMMEDIATE")
        for name, booked in counted(store, tenant, now).items():
            if booked + dollars > limits[name]:  # type: ignore[literal-required]
                raise Refused("budget", f"{tenant} has ${booked} in this {name}; ${dollars} is too much.")
        query = "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)"
        number = store.execute(query, row).lastrowid
        store.execute("COMMIT")
    return int(number or 0)
