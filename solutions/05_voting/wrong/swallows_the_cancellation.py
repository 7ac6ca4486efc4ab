"""Catches everything, a cancellation too: the caller has left, and call after call is still made and paid."""

CAUGHT_BY = ["test_cancelling_ends_the_calls"]
HINT = 2


async def fan_out(
    question, labels, n=VOTES, at_once=3, quorum=4, provider="openai", weighted=False
) -> Ballot:
    casts, numbers = [], iter(range(n))

    async def worker() -> None:
        for _ in numbers:
            try:
                casts.append(await cast(question, labels, provider, weighted))
            except BaseException:
                casts.append(None)

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return counted(casts, quorum)
