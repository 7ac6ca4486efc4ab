"""Lets NoQuorum through: the case that most needs a person is the one that nobody ever sees."""

CAUGHT_BY = ["test_what_nobody_decided_waits_for_a_person[nearly_silent]"]
HINT = 6


def counted(casts: list[Cast | None], quorum: int = 0) -> Ballot:
    answered = [vote for vote in casts if vote is not None]
    spent = sum((vote[2] for vote in answered), Usage())
    ballot = Ballot([v[0] for v in answered], [v[1] for v in answered], len(casts) - len(answered), spent)
    if ballot.valid < quorum:
        raise NoQuorum(ballot, quorum)
    return ballot


async def triage(case_id: str, text: str, path: str) -> Decision:
    flag = red_flag(text)
    if flag:
        decision = Decision(case_id, "rule", LEVELS[0], f"red flag: {flag}")
    else:
        ballot = await fan_out(text, LEVELS, VOTES)
        found, dollars = majority(ballot.votes, LEVELS), cost(ballot.usage, model("fast"))
        ours = max(found.support.values())
        who, label = ("vote", found.winner) if ours >= LIKELY else ("person", None)
        told = (f"{ours:.0f} of 7", LIKELY <= ours < SURE, found.support, found.confidence, dollars)
        decision = Decision(case_id, who, label, *told)
    keep(decision, text, path)
    return decision
