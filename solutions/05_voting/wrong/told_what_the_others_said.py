"""Tells each voter what the others have said: that is a conversation, and its votes are copies."""

CAUGHT_BY = ["test_votes_are_independent"]
HINT = 2

_one_vote = cast


async def fan_out(
    question, labels, n=VOTES, at_once=3, quorum=4, provider="openai", weighted=False
) -> Ballot:
    casts = []
    while len(casts) < n:
        so_far = [vote[0] for vote in casts if vote]
        asked = f"{question}\nOthers said: {so_far}" if so_far else question
        wave = min(at_once, n - len(casts))
        casts += await asyncio.gather(*(cast(asked, labels, provider, weighted) for _ in range(wave)))
    return counted(casts, quorum)
