"""Counts on a usage in every body; a reply that broke off has no body at all."""

CAUGHT_BY = ["test_a_reply_that_broke_off_counts_zero"]
HINT = 2

counted_some = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    assert body["usage"]
    return counted_some(provider, body)
