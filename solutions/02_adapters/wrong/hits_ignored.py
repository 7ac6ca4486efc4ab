"""Looks for cached tokens where OpenAI puts them; DeepSeek's hits are then billed at the full price."""

CAUGHT_BY = ["test_deepseek_names_its_cache_hits_otherwise"]
HINT = 2

counted_hits = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    found = counted_hits(provider, body)
    if provider != "deepseek":
        return found
    return Usage(found.input_tokens, found.output_tokens, 0, 0, found.reasoning_tokens)
