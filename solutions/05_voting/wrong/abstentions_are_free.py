"""Adds up the tokens of the valid votes only: the provider also bills the answers that nobody could read."""

CAUGHT_BY = ["test_every_answer_is_paid_for"]
HINT = 2


def counted(casts: list[Cast | None], quorum: int = 0) -> Ballot:
    answered = [vote for vote in casts if vote is not None]
    spent = sum((vote[2] for vote in answered if vote[0] is not None), Usage())
    ballot = Ballot([v[0] for v in answered], [v[1] for v in answered], len(casts) - len(answered), spent)
    if ballot.valid < quorum:
        raise NoQuorum(ballot, quorum)
    return ballot
