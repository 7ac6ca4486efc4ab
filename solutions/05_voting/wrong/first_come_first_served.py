"""Takes the first votes that make a quorum and drops the others: the fast voters decide."""

CAUGHT_BY = ["test_all_seven_of_a_comeback", "test_all_seven_of_one_mind"]
HINT = 2


async def fan_out(
    question, labels, n=VOTES, at_once=3, quorum=4, provider="openai", weighted=False
) -> Ballot:
    casts = []
    while len(casts) < n and counted(casts).valid < quorum:
        wave = min(at_once, n - len(casts))
        casts += await asyncio.gather(*(cast(question, labels, provider, weighted) for _ in range(wave)))
    return counted(casts, quorum)
