"""Has no limit while there is no baseline: the first night is the dangerous one."""

CAUGHT_BY = ["test_a_cold_start_has_a_fixed_limit"]
HINT = 5


def ceiling(before: list[Decimal]) -> Decimal:
    if len(before) < WARM:
        return Decimal(10**9)
    recent = before[-DAY:]
    middle = median(recent)
    spread = max(median(abs(hour - middle) for hour in recent), LEAST * middle)
    return max(COLD, min(middle + SPREADS * spread, CREEP * median(before[:WARM])))
