"""Prices all replies at the model of the first one."""

CAUGHT_BY = ["test_each_reply_is_priced_at_its_own_model"]
HINT = 1


def bill(bodies: Iterable[Body], batch: bool = False) -> Bill:
    bodies = list(bodies)
    usage = sum((usage_of(body) for body in bodies), Usage())
    if not bodies:
        return Bill()
    return Bill(len(bodies), usage, cost(usage, str(bodies[0].get("model")), batch=batch))
