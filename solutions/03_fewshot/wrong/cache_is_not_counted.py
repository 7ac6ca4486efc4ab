"""Reads two of the provider's counts, so that what came from its cache is billed in full."""

CAUGHT_BY = ["test_usage_tells_what_the_cache_read"]
HINT = 2


def spent_on(reply: Any) -> Usage:
    return Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
