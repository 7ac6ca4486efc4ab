"""Looks at the hour only after a reply was read: a loop of unreadable replies never ends."""

CAUGHT_BY = ["test_a_loop_of_unreadable_replies_ends_itself"]
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
            dollars = bill([body]).dollars
    except BaseException as error:  # a cancelled call is one too
        with suppress(sqlite3.Error):
            settle(path, number, Decimal(0) if free(error) else worst, clock())
            watch(path, clock())
        raise
    with suppress(sqlite3.Error):
        settle(path, number, dollars, clock())
    said = read(body)
    watch(path, clock())
    return said
