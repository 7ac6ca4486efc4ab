"""Catches Exception, which a cancelled call is not: it was sent, and is released."""

CAUGHT_BY = ["test_a_cancelled_call_is_settled_at_the_worst"]
HINT = 7


async def guarded(
    path: str, request: Body, tenant: str, user: str, limits: Limits,
    clock: Callable[[], float], read: Callable[[Body], Any],
) -> Any:  # fmt: skip
    now, worst = clock(), worst_case(request)
    try:
        if not is_open(path):
            raise Refused("switch", "a person has to open it.")
        if worst > limits["request"]:
            raise Refused("request", f"it could cost ${worst}, and ${limits['request']} is the most.")
        take(path, user, limits, now)
        number = reserve(path, tenant, worst, limits, now)
    except sqlite3.Error as reason:
        raise Refused("store", f"it cannot be used: {reason}.") from reason
    dollars = Decimal(0)
    try:
        body = await send(request)
        dollars = worst
        with suppress(UnknownUsage, UnknownPrice):
            dollars = bill([body]).dollars
    except Exception as error:
        dollars = Decimal(0) if free(error) else worst
        raise
    finally:
        with suppress(sqlite3.Error):
            settle(path, number, dollars, clock())
            watch(path, clock())
    return read(body)
