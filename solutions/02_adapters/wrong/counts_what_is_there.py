"""Takes every field by its name; a body that leaves one out, or says null, ends in an exception."""

CAUGHT_BY = ["test_what_is_not_reported_is_zero"]
HINT = 2

counted_anyhow = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    if provider == "anthropic":
        said = body["usage"]
        said["input_tokens"] + said["cache_read_input_tokens"] + said["cache_creation_input_tokens"]
    elif body:
        body["usage"].get("prompt_tokens_details", {}).get("cached_tokens", 0)
    return counted_anyhow(provider, body)
