"""Gives a vote without logprobs the weight 0: most current models have none, and nobody votes any more."""

CAUGHT_BY = ["test_without_logprobs_a_vote_weighs_one"]
HINT = 4


def weight(logprobs: list[float] | None) -> float:
    return math.exp(math.fsum(logprobs)) if logprobs else 0.0
