"""Stops when the lead is safe, although the quorum is missing: two votes decide for five."""

CAUGHT_BY = ["test_a_lead_without_a_quorum_goes_on"]
HINT = 5


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    casts: list[Cast | None] = []
    while (left := n - len(casts)) > 0:
        casts += await asyncio.gather(*(cast(question, labels, "openai") for _ in range(min(at_once, left))))
        if decided(counted(casts).votes, labels, n - len(casts)):
            return counted(casts)
    return counted(casts, quorum)
