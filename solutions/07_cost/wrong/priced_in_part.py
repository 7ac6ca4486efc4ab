"""Leaves out the replies that have no price: the sum looks like a bill and is too low."""

CAUGHT_BY = ["test_a_bill_is_never_priced_in_part"]
HINT = 1


def bill(bodies: Iterable[Body], batch: bool = False) -> Bill:
    total = Bill()
    for body in bodies:
        used = usage_of(body)
        try:
            dollars = cost(used, str(body.get("model")), batch=batch)
        except UnknownPrice:
            dollars = Decimal(0)
        total = Bill(total.calls + 1, total.usage + used, total.dollars + dollars)
    return total
