"""Releases whatever failed: a time-out says nothing about what the provider did."""

CAUGHT_BY = ["test_what_nobody_knows_is_settled_at_the_worst"]
HINT = 7


def free(error: BaseException) -> bool:
    return isinstance(error, Exception)
