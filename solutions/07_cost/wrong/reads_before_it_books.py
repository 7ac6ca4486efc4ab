"""Settles after reading: a reply that cannot be parsed is settled by nobody."""

CAUGHT_BY = ["test_a_reply_that_cannot_be_read_was_paid_for"]
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
        said = read(body)
        with suppress(UnknownUsage, UnknownPrice):
            dollars = bill([body]).dollars
    except BaseException:
        dollars = Decimal(0)
        raise
    finally:
        with suppress(sqlite3.Error):
            settle(path, number, dollars, clock())
            watch(path, clock())
    return said
