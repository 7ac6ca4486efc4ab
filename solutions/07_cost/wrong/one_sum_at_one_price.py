"""Adds up the tokens and prices the sum: long prompts have another price, and so have other models."""

CAUGHT_BY = ["test_each_reply_is_priced_at_its_own_model"]
HINT = 1


def bill(bodies: Iterable[Body], batch: bool = False) -> Bill:
    read = list(bodies)
    used = sum((usage_of(body) for body in read), Usage())
    names = {str(body.get("model")) for body in read}
    dollars = sum((cost(used, name, batch=batch) for name in names), Decimal(0))
    return Bill(len(read), used, dollars)
