"""Bills a batch as if every reply had been asked for at once."""

CAUGHT_BY = ["test_a_batch_has_its_own_price"]
HINT = 1


def bill(bodies: Iterable[Body], batch: bool = False) -> Bill:
    total = Bill()
    for body in bodies:
        used = usage_of(body)
        dollars = cost(used, str(body.get("model")))
        total = Bill(total.calls + 1, total.usage + used, total.dollars + dollars)
    return total
