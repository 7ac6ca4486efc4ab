"""Gathers all calls without a limit: with a hundred votes the provider sees a hundred requests at once."""

CAUGHT_BY = ["test_calls_run_together_and_within_the_limit"]
HINT = 2


async def fan_out(
    question, labels, n=VOTES, at_once=3, quorum=4, provider="openai", weighted=False
) -> Ballot:
    return counted(
        await asyncio.gather(*(cast(question, labels, provider, weighted) for _ in range(n))), quorum
    )
