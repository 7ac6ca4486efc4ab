"""Books the worst case where the call cost more: the estimate was too low, and so are the books."""

CAUGHT_BY = ["test_a_call_that_cost_more_than_its_worst_case_is_booked_in_full"]
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
    dollars = worst
    try:
        body = await send(request)
        with suppress(UnknownUsage, UnknownPrice):
            dollars = min(worst, bill([body]).dollars)
    except BaseException as error:  # a cancelled call is one too
        dollars = Decimal(0) if free(error) else worst
        raise
    finally:
        with suppress(sqlite3.Error):
            settle(path, number, dollars, clock())
            watch(path, clock())
    return read(body)
