"""Compares with the last day only, which grows along with the spending."""

CAUGHT_BY = ["test_a_slow_creep_ends_somewhere"]
HINT = 5


def ceiling(before: list[Decimal]) -> Decimal:
    if len(before) < WARM:
        return COLD
    recent = before[-DAY:]
    middle = median(recent)
    spread = max(median(abs(hour - middle) for hour in recent), LEAST * middle)
    return max(COLD, middle + SPREADS * spread)
