"""Estimates a model without a price at nothing, and begins."""

CAUGHT_BY = ["test_what_has_no_price_does_not_begin"]
HINT = 6


def worst(job: Job | Row, bounds: Bounds) -> Decimal:
    sent, made = bounds[job["SystemType"]]
    try:
        return max(cost(Usage(sent, made, 0, written), job["Model"]) for written in (0, sent))
    except LookupError:
        return Decimal(0)
