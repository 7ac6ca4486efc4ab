"""Asks for weights and then counts heads: three guesses beat two certainties."""

CAUGHT_BY = ["test_weights_outweigh_numbers"]
HINT = 3

_majority = majority


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    return _majority(votes, labels)
