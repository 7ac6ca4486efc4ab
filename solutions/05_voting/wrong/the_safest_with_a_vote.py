"""Lets one vote for the safest label win: no error is missed, and everybody is sent to the emergency room."""

CAUGHT_BY = ["test_most_votes_win"]
HINT = 3

_majority = majority


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    found = _majority(votes, labels, weights)
    first = next((label for label in labels if found.support[label]), None)
    return Result(first, found.confidence, found.support)
