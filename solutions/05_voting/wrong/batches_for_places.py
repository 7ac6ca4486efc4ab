"""Casts the votes in batches: a slow call holds up the places of those that have been answered."""

CAUGHT_BY = ["test_a_place_that_is_free_is_taken"]
HINT = 2


async def fan_out(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4,
    provider: str = "openai", weighted: bool = False,
) -> Ballot:  # fmt: skip
    casts: list[Cast | None] = []
    while left := n - len(casts):
        batch = (cast(question, labels, provider, weighted) for _ in range(min(at_once, left)))
        casts += await asyncio.gather(*batch)
    return counted(casts, quorum)
