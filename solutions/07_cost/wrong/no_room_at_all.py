"""Takes the spread as it is: where all hours were equal, one more cent is a runaway."""

CAUGHT_BY = ["test_steady_hours_leave_some_room"]
HINT = 5


def ceiling(before: list[Decimal]) -> Decimal:
    if len(before) < WARM:
        return COLD
    recent = before[-DAY:]
    middle = median(recent)
    spread = median(abs(hour - middle) for hour in recent)
    return max(COLD, min(middle + SPREADS * spread, CREEP * median(before[:WARM])))
