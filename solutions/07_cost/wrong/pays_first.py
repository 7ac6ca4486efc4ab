"""Checks the budget when the call is over and its cost is known: by then the money is gone."""

CAUGHT_BY = ["test_calls_made_together_share_the_budget", "test_an_empty_budget_lets_nothing_out"]
HINT = 7


async def guarded(path, request, tenant, user, limits, clock, read):
    worst = worst_case(request)
    if not is_open(path):
        raise Refused("switch", "a person has to open it.")
    if worst > limits["request"]:
        raise Refused("request", "it could cost too much.")
    try:
        take(path, user, limits, clock())
    except sqlite3.Error as reason:
        raise Refused("store", "it cannot be used.") from reason
    body = await send(request)
    number = reserve(path, tenant, bill([body]).dollars, limits, clock())
    settle(path, number, bill([body]).dollars, clock())
    watch(path, clock())
    return read(body)
