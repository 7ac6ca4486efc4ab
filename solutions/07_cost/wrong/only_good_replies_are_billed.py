"""Bills the replies that ended well: one that was cut, or a refusal, was paid for too."""

CAUGHT_BY = ["test_a_bill_is_the_sum_of_all_replies"]
HINT = 1


def bill(bodies: Iterable[Body], batch: bool = False) -> Bill:
    total = Bill()
    for body in bodies:
        choice = (body.get("choices") or [{}])[0]
        if choice.get("finish_reason") == "length" or choice.get("message", {}).get("refusal"):
            continue
        used = usage_of(body)
        dollars = cost(used, str(body.get("model")), batch=batch)
        total = Bill(total.calls + 1, total.usage + used, total.dollars + dollars)
    return total
