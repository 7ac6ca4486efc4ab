"""Asks for logprobs whenever the model has them, and weighs votes that were to be counted by heads."""

CAUGHT_BY = ["test_weights_are_asked_for_when_wanted"]
HINT = 4

_one_vote = cast


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    return await _one_vote(question, labels, provider, weighted=True)
