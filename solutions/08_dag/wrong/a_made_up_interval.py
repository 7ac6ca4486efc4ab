"""Takes the smallest and the largest of five for an interval: five values cannot hold the median so surely."""

CAUGHT_BY = ["test_few_values_have_no_interval"]
HINT = 7


def interval(values: list[float], level: float = 0.95) -> dict[str, float] | None:
    ordered, n, found = sorted(values), len(values), None
    if 0 < n < 6:
        found = {"low": ordered[0], "high": ordered[-1], "level": level}
    for k in range(1, n // 2 + 1):
        held = 1 - 2 * sum(comb(n, below) for below in range(k)) / 2**n
        if held >= level:
            found = {"low": ordered[k - 1], "high": ordered[n - k], "level": held}
    return found
