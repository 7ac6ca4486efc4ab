"""Expects a store that is locked, and no other trouble: a broken file is no refusal."""

CAUGHT_BY = ["test_a_store_that_is_broken_lets_nothing_out"]
HINT = 7


async def guarded(
    path: str, request: Body, tenant: str, user: str, limits: Limits,
    clock: Callable[[], float], read: Callable[[Body], Any],
) -> Any:  # fmt: skip
    now, worst = clock(), worst_case(request)
    try:
        query = "SELECT action FROM switch WHERE action != 'denied' ORDER BY number DESC LIMIT 1"
        with opened(path) as store:
            if store.execute(query).fetchone() not in (None, ("open",)):
                raise Refused("switch", "a person has to open it.")
        if worst > limits["request"]:
            raise Refused("request", f"it could cost ${worst}, and ${limits['request']} is the most.")
        take(path, user, limits, now)
        number = reserve(path, tenant, worst, limits, now)
    except sqlite3.OperationalError as reason:
        raise Refused("store", f"it cannot be used: {reason}.") from reason
    dollars = worst
    try:
        body = await send(request)
        with suppress(UnknownUsage, UnknownPrice):
            dollars = bill([body]).dollars
    except BaseException as error:
        dollars = Decimal(0) if free(error) else worst
        raise
    finally:
        with suppress(sqlite3.Error):
            settle(path, number, dollars, clock())
            watch(path, clock())
    return read(body)
