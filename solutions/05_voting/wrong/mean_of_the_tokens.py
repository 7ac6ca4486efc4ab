"""Averages the logarithms: a label of many tokens is then as probable as its mean token, and weighs more."""

CAUGHT_BY = ["test_a_weight_is_the_probability_of_the_reply"]
HINT = 4


def weight(logprobs: list[float] | None) -> float:
    return 1.0 if logprobs is None else math.exp(math.fsum(logprobs) / len(logprobs))
