"""Forgets the tokens that were written to the cache; they are the dearest of all that is sent."""

CAUGHT_BY = ["test_openai_counts_cached_tokens_inside", "test_anthropic_counts_cached_tokens_beside"]
HINT = 2

counted_writes = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    found = counted_writes(provider, body)
    return Usage(found.input_tokens, found.output_tokens, found.cached_tokens, 0, found.reasoning_tokens)
