"""Knows its own clock only; a host or a gateway that gave up waiting says so with 408 or 504."""

CAUGHT_BY = ["test_every_failure_has_its_name[408]", "test_every_failure_has_its_name[504]"]
HINT = 6


def error_of(status: int | None, timed_out: bool) -> type[ProviderError]:
    if status is None or timed_out:
        return TimedOut if timed_out else CutStream
    if status >= 500:
        return Overloaded
    return {429: RateLimited, 401: BadKey, 403: BadKey}.get(status, BadRequest)
