"""Stops when somebody has more than half of the votes so far: three early votes are not four of seven."""

CAUGHT_BY = ["test_decided_is_what_no_vote_left_can_change"]
HINT = 5


def decided(votes: list[str | None], labels: Labels, left: int) -> bool:
    now = majority(votes, labels)
    return now.winner is not None and 2 * now.support[now.winner] > len(votes)
