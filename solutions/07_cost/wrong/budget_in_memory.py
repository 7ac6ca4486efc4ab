"""Keeps the budget in a dict: every worker has its own, and a restart fills it."""

CAUGHT_BY = ["test_the_budget_is_in_the_file"]
HINT = 3


BOOKS = {}


def counted(store, tenant, now):
    rows = [row for row in BOOKS.get(store, {}).values() if row["tenant"] == tenant]
    return {
        name: sum((row["dollars"] for row in rows if row["at"] > now - length), Decimal(0))
        for name, length in WINDOWS.items()
    }


def used(path, tenant, now):
    return counted(path, tenant, now)


def reserve(path, tenant, dollars, limits, now):
    amount(dollars)
    for name, booked in counted(path, tenant, now).items():
        if booked + dollars > limits[name]:
            raise Refused("budget", f"{tenant} has ${booked} in this {name}.")
    book = BOOKS.setdefault(path, {})
    book[len(book) + 1] = {"tenant": tenant, "dollars": dollars, "at": now + HOLD, "open": True}
    return len(book)


def settle(path, number, dollars, now):
    row = BOOKS.get(path, {}).get(number)
    if row is None or not row["open"]:
        raise LookupError(f"There is no open reservation {number}.")
    amount(dollars)
    row.update(dollars=dollars, at=now, open=False)
