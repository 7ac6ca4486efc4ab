"""Estimates as if nothing were ever written to a cache, where writing costs more than reading."""

CAUGHT_BY = ["test_the_estimate_is_the_most_it_can_cost"]
HINT = 6


def worst(job: Job | Row, bounds: Bounds) -> Decimal:
    sent, made = bounds[job["SystemType"]]
    return cost(Usage(sent, made, 0, 0), job["Model"])
