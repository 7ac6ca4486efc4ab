"""Weighs a vote by its first token alone: a label is often more than one."""

CAUGHT_BY = ["test_a_weight_is_the_probability_of_the_reply"]
HINT = 4


def weight(logprobs: list[float] | None) -> float:
    return 1.0 if logprobs is None else math.exp(logprobs[0])
