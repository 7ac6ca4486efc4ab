"""Reads the sum first and books afterwards: two workers pass the check together."""

CAUGHT_BY = ["test_nobody_passes_while_another_books"]
HINT = 3


def reserve(path: str, tenant: str, dollars: Decimal, limits: Limits, now: float) -> int:
    with opened(path) as store:
        row = (tenant, amount(dollars), now + HOLD)
        for name, booked in counted(store, tenant, now).items():
            if booked + dollars > limits[name]:  # type: ignore[literal-required]
                raise Refused("budget", f"{tenant} has ${booked} in this {name}; ${dollars} is too much.")
        query = "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)"
        number = store.execute(query, row).lastrowid
    return int(number or 0)
