"""Adds what the cache read to OpenAI's prompt_tokens, which hold it already."""

CAUGHT_BY = ["test_openai_counts_cached_tokens_inside", "test_a_bill_is_the_sum_of_all_replies"]
HINT = 1


def usage_of(body: Body) -> Usage:
    used = body.get("usage") or {}
    apart = "prompt_tokens" not in used
    names = ("input_tokens", "output_tokens") if apart else ("prompt_tokens", "completion_tokens")
    sent, made = used.get(names[0]), used.get(names[1])
    if sent is None or made is None:
        raise UnknownUsage(f"The usage {used} does not say what was sent and made.")
    before = used.get("prompt_tokens_details") or {}
    after = used.get("completion_tokens_details") or used.get("output_tokens_details") or {}
    if apart:
        read, written = used.get("cache_read_input_tokens"), used.get("cache_creation_input_tokens")
        sent += (read or 0) + (written or 0)
    else:
        read = before.get("cached_tokens") or used.get("prompt_cache_hit_tokens")
        written = before.get("cache_write_tokens")
        sent += (read or 0) + (written or 0)
    thought = after.get("reasoning_tokens") or after.get("thinking_tokens")
    return Usage(sent, made, read or 0, written or 0, thought or 0)
