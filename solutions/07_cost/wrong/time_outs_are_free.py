"""Takes every broken connection for one that was never made: a time-out comes after sending."""

CAUGHT_BY = [
    "test_what_nobody_knows_is_settled_at_the_worst[timeout]",
    "test_what_nobody_knows_is_settled_at_the_worst[cut]",
]
HINT = 7


def free(error: BaseException) -> bool:
    return (
        getattr(error, "status_code", None) in FREE
        or "Connection" in type(error).__mro__[1].__name__ + type(error).__name__
    )
