"""Compares with the mean of the first hours, which one big hour moves."""

CAUGHT_BY = ["test_only_the_last_day_is_the_baseline"]
HINT = 5


def ceiling(before: list[Decimal]) -> Decimal:
    if len(before) < WARM:
        return COLD
    recent = before[-DAY:]
    middle = median(recent)
    spread = max(median(abs(hour - middle) for hour in recent), LEAST * middle)
    return max(COLD, min(middle + SPREADS * spread, CREEP * sum(before[:WARM]) / WARM))
