"""Makes all calls and looks at the lead afterwards: nothing is saved."""

CAUGHT_BY = ["test_stops_as_soon_as_the_winner_is_decided"]
HINT = 5


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    return await fan_out(question, labels, n, at_once, quorum)
