"""Takes the quartiles: they hold half of the values, which says nothing about the median."""

CAUGHT_BY = ["test_an_interval_is_two_of_the_values", "test_few_values_have_no_interval"]
HINT = 7


def interval(values: list[float], level: float = 0.95) -> dict[str, float] | None:
    if not values:
        return None
    ordered, k = sorted(values), len(values) // 4
    return {"low": ordered[k], "high": ordered[-1 - k], "level": level}
