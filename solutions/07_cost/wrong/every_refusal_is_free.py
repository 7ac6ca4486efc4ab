"""Takes every status from 400 to 499 for free: a time-out of the provider is one of them."""

CAUGHT_BY = ["test_what_nobody_knows_is_settled_at_the_worst[408]"]
HINT = 7


def free(error: BaseException) -> bool:
    status = getattr(error, "status_code", 0)
    return 400 <= status < 500 or isinstance(error.__cause__, httpx2.ConnectError)
