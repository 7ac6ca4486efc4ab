"""Takes the logarithm for the probability: every weight is negative, and the surest vote counts least."""

CAUGHT_BY = ["test_a_weight_is_the_probability_of_the_reply"]
HINT = 4


def weight(logprobs: list[float] | None) -> float:
    return 1.0 if logprobs is None else math.fsum(logprobs)
