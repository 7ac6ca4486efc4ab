"""Uses the mean and the standard deviation, which one big hour moves far away."""

CAUGHT_BY = ["test_one_big_hour_moves_nothing", "test_the_ceiling_follows_median_and_spread"]
HINT = 5


def ceiling(before: list[Decimal]) -> Decimal:
    from statistics import mean, pstdev

    if len(before) < WARM:
        return COLD
    recent = before[-DAY:]
    spread = max(pstdev(recent), LEAST * mean(recent))
    return max(COLD, min(mean(recent) + SPREADS * spread, CREEP * median(before[:WARM])))
