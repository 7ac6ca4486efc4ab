"""Takes null for a number: the first reply that says nothing about the cache ends the run."""

CAUGHT_BY = ["test_a_detail_that_is_missing_is_zero"]
HINT = 3


def usage_row(replies: list[Body | None]) -> dict[str, int]:
    sent = made = read = written = 0
    for used in (body["usage"] for body in replies if body):
        details = used.get("prompt_tokens_details", {})
        hit = used.get("cache_read_input_tokens") or details.get("cached_tokens") or 0
        new = used.get("cache_creation_input_tokens") or details.get("cache_write_tokens") or 0
        sent += used["prompt_tokens"] if "prompt_tokens" in used else used["input_tokens"] + hit + new
        made += used["completion_tokens"] if "prompt_tokens" in used else used["output_tokens"]
        read, written = read + hit, written + new
    return {
        "InputTokens": sent, "OutputTokens": made, "CachedTokens": read, "CacheCreationTokens": written,
        "TotalTokens": sent + made, "NumLLMCalls": len(replies),
    }  # fmt: skip
