"""Counts abstentions towards the quorum: two votes and five sentences pass for a decision of seven."""

CAUGHT_BY = ["test_below_the_quorum_is_no_vote"]
HINT = 2


def counted(casts: list[Cast | None], quorum: int = 0) -> Ballot:
    answered = [vote for vote in casts if vote is not None]
    spent = sum((vote[2] for vote in answered), Usage())
    ballot = Ballot([v[0] for v in answered], [v[1] for v in answered], len(casts) - len(answered), spent)
    if len(answered) < quorum:
        raise NoQuorum(ballot, quorum)
    return ballot
