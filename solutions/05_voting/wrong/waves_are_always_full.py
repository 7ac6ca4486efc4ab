"""Makes every wave as large as allowed: the last one asks for votes that nobody wanted."""

CAUGHT_BY = ["test_a_wave_keeps_the_limit"]
HINT = 5


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    casts: list[Cast | None] = []
    while len(casts) < n:
        casts += await asyncio.gather(*(cast(question, labels, "openai") for _ in range(at_once)))
        ballot = counted(casts)
        if ballot.valid >= quorum and decided(ballot.votes, labels, n - len(casts)):
            break
    return counted(casts, quorum)
