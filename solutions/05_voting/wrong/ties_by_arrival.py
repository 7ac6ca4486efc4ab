"""Takes `most_common`, which breaks a tie by arrival: the network decides between home and emergency."""

from collections import Counter

CAUGHT_BY = ["test_a_tie_goes_to_the_first_label"]
HINT = 3


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    support = Counter()
    for vote, mass in zip(votes, weights or [1.0] * len(votes), strict=True):
        if vote is not None:
            support[vote] += mass
    told = {label: round(support[label], 9) for label in labels}
    if not any(told.values()):
        return Result(None, 0.0, told)
    winner, most = support.most_common(1)[0]
    return Result(winner, most / sum(support.values()), told)
