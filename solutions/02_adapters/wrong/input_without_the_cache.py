"""Takes Anthropic's `input_tokens` for everything sent; what the cache read or wrote is not in it."""

CAUGHT_BY = ["test_anthropic_counts_cached_tokens_beside"]
HINT = 2

counted_whole = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    found = counted_whole(provider, body)
    if provider != "anthropic":
        return found
    alone = found.input_tokens - found.cached_tokens - found.cache_write_tokens
    return Usage(
        alone, found.output_tokens, found.cached_tokens, found.cache_write_tokens, found.reasoning_tokens
    )
