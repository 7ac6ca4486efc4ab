"""Estimates without the cache: on models that charge for writing, it is too low."""

CAUGHT_BY = ["test_the_estimate_is_the_most_it_can_cost"]
HINT = 6


def worst(job: Job | Row, bounds: Bounds) -> Decimal:
    sent, made = bounds[job["SystemType"]]
    return max(cost(Usage(sent, made, 0, written), job["Model"]) for written in (0,))
