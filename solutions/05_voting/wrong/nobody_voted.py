"""Divides by the valid votes without a look whether there are any."""

CAUGHT_BY = ["test_without_votes_nobody_wins"]
HINT = 3


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    given = list(zip(votes, weights or [1.0] * len(votes), strict=True))
    support = {label: round(math.fsum(mass for vote, mass in given if vote == label), 9) for label in labels}
    winner = max(labels, key=lambda label: support[label])
    return Result(winner, support[winner] / math.fsum(support.values()), support)
