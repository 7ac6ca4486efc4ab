"""Counts the tokens of a row with an Error: what nobody knows is taken for nothing."""

CAUGHT_BY = ["test_an_error_cost_its_worst_case"]
HINT = 6


def paid(row: Row, bounds: Bounds) -> Decimal:
    used = Usage(row["InputTokens"], row["OutputTokens"], row["CachedTokens"], row["CacheCreationTokens"])
    return cost(used, row["Model"])
