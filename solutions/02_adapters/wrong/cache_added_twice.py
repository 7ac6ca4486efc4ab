"""Adds the cached tokens to the input for every vendor; OpenAI's `prompt_tokens` hold them already."""

CAUGHT_BY = ["test_openai_counts_cached_tokens_inside"]
HINT = 2

counted_once = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    found = counted_once(provider, body)
    more = 0 if provider == "anthropic" else found.cached_tokens
    return found + Usage(input_tokens=more)
