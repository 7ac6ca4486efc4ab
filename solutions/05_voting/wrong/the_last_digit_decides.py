"""Adds floats as they come and compares them exactly: the order of the votes and a last digit break ties."""

CAUGHT_BY = ["test_a_last_digit_breaks_no_tie", "test_the_order_of_the_votes_decides_nothing"]
HINT = 3


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    support = dict.fromkeys(labels, 0.0)
    for vote, mass in zip(votes, weights or [1.0] * len(votes), strict=True):
        if vote is not None:
            support[vote] += mass
    winner = max(labels, key=lambda label: support[label])
    if not support[winner]:
        return Result(None, 0.0, support)
    return Result(winner, support[winner] / sum(support.values()), support)
