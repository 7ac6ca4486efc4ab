"""Goes on when the store cannot be used: without a guard, rather than without a call."""

CAUGHT_BY = ["test_a_store_that_takes_nothing_lets_nothing_out", "test_a_locked_store_lets_nothing_out"]
HINT = 7


async def guarded(path, request, tenant, user, limits, clock, read):
    worst, number = worst_case(request), None
    if not is_open(path):
        raise Refused("switch", "a person has to open it.")
    if worst > limits["request"]:
        raise Refused("request", "it could cost too much.")
    try:
        take(path, user, limits, clock())
        number = reserve(path, tenant, worst, limits, clock())
    except sqlite3.OperationalError:
        pass
    except sqlite3.IntegrityError:
        pass
    dollars = worst
    try:
        body = await send(request)
        with suppress(UnknownUsage, UnknownPrice):
            dollars = bill([body]).dollars
    except BaseException as error:
        dollars = Decimal(0) if free(error) else worst
        raise
    finally:
        if number is not None:
            settle(path, number, dollars, clock())
            watch(path, clock())
    return read(body)
