"""Asks for the cap before the switch: the words of a refusal send somebody to the wrong place."""

CAUGHT_BY = ["test_the_guards_stand_in_their_order"]
HINT = 7


async def guarded(
    path: str, request: Body, tenant: str, user: str, limits: Limits,
    clock: Callable[[], float], read: Callable[[Body], Any],
) -> Any:  # fmt: skip
    now, worst = clock(), worst_case(request)
    try:
        if worst > limits["request"]:
            raise Refused("request", f"it could cost ${worst}, and ${limits['request']} is the most.")
        if not is_open(path):
            raise Refused("switch", "a person has to open it.")
        take(path, user, limits, now)
        number = reserve(path, tenant, worst, limits, now)
    except sqlite3.Error as reason:
        raise Refused("store", f"it cannot be used: {reason}.") from reason
    dollars = worst
    try:
        body = await send(request)
        with suppress(UnknownUsage, UnknownPrice):
            dollars = bill([body]).dollars
    except BaseException as error:  # a cancelled call is one too
        dollars = Decimal(0) if free(error) else worst
        raise
    finally:
        with suppress(sqlite3.Error):
            settle(path, number, dollars, clock())
            watch(path, clock())
    return read(body)
