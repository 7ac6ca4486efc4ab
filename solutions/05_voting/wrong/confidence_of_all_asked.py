"""Divides by all votes, abstentions included: four silent voters turn three of three into 0.43."""

CAUGHT_BY = ["test_confidence_is_a_share_of_the_valid_votes"]
HINT = 3

_majority = majority


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    found = _majority(votes, labels, weights)
    total = sum(weights or [1.0] * len(votes))
    return Result(found.winner, found.support[found.winner] / total if found.winner else 0.0, found.support)
