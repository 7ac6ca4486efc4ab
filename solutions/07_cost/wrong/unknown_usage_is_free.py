"""Reads a reply without usage as zero tokens: what is not known costs nothing."""

CAUGHT_BY = ["test_what_was_not_counted_is_not_free"]
HINT = 1


def usage_of(body: Body) -> Usage:
    used = body.get("usage") or {}
    apart = "prompt_tokens" not in used
    names = ("input_tokens", "output_tokens") if apart else ("prompt_tokens", "completion_tokens")
    sent, made = used.get(names[0]), used.get(names[1])
    if sent is None or made is None:
        return Usage()
    before = used.get("prompt_tokens_details") or {}
    after = used.get("completion_tokens_details") or used.get("output_tokens_details") or {}
    if apart:
        read, written = used.get("cache_read_input_tokens"), used.get("cache_creation_input_tokens")
        sent += (read or 0) + (written or 0)
    else:
        read = before.get("cached_tokens") or used.get("prompt_cache_hit_tokens")
        written = before.get("cache_write_tokens")
    thought = after.get("reasoning_tokens") or after.get("thinking_tokens")
    return Usage(sent, made, read or 0, written or 0, thought or 0)
