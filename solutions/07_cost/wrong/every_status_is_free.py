"""Releases every call with a status: a server error may come after the work was done."""

CAUGHT_BY = [
    "test_what_nobody_knows_is_settled_at_the_worst[500]",
    "test_what_nobody_knows_is_settled_at_the_worst[529]",
]
HINT = 7


def free(error: BaseException) -> bool:
    return hasattr(error, "status_code") or isinstance(error.__cause__, httpx2.ConnectError)
