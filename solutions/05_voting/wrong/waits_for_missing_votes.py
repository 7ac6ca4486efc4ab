"""Counts failed calls and abstentions among the votes to come: it fears votes that nobody can cast."""

CAUGHT_BY = ["test_a_missing_vote_is_gone_for_good"]
HINT = 5


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    casts: list[Cast | None] = []
    while (left := n - len(casts)) > 0:
        casts += await asyncio.gather(*(cast(question, labels, "openai") for _ in range(min(at_once, left))))
        ballot = counted(casts)
        if ballot.valid >= quorum and decided(ballot.votes, labels, n - ballot.valid):
            break
    return counted(casts, quorum)
