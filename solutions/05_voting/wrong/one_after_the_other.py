"""Awaits each call before it makes the next one: seven votes take seven times as long."""

CAUGHT_BY = ["test_calls_run_together_and_within_the_limit"]
HINT = 2


async def fan_out(
    question, labels, n=VOTES, at_once=3, quorum=4, provider="openai", weighted=False
) -> Ballot:
    return counted([await cast(question, labels, provider, weighted) for _ in range(n)], quorum)
