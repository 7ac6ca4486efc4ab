"""Multiplies a baseline of zero, so that the first customer of the day is a runaway."""

CAUGHT_BY = ["test_a_quiet_night_is_no_trap"]
HINT = 5


def ceiling(before: list[Decimal]) -> Decimal:
    if len(before) < WARM:
        return COLD
    recent = before[-DAY:]
    middle = median(recent)
    spread = max(median(abs(hour - middle) for hour in recent), LEAST * middle)
    return min(middle + SPREADS * spread, CREEP * median(before[:WARM]))
