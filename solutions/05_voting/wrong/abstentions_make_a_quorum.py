"""Counts the answers for the quorum of an early end, and not the valid votes; abstentions end the vote."""

CAUGHT_BY = ["test_a_missing_vote_is_gone_for_good[5]"]
HINT = 5


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    casts: list[Cast | None] = []
    while (left := n - len(casts)) > 0:
        casts += await asyncio.gather(*(cast(question, labels, "openai") for _ in range(min(at_once, left))))
        ballot = counted(casts)
        if len(ballot.votes) >= quorum and decided(ballot.votes, labels, n - len(casts)):
            return ballot
    return counted(casts, quorum)
