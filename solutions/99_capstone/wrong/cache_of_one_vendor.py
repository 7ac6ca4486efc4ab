"""Knows where OpenAI reports cached tokens, and bills DeepSeek's at the full price."""

CAUGHT_BY = ["test_cached_tokens_are_counted_wherever_a_vendor_reports_them"]
HINT = 2


both = usage_of


def usage_of(reported: Any) -> Usage:
    found, details = both(reported), getattr(reported, "prompt_tokens_details", None)
    return Usage(found.input_tokens, found.output_tokens, getattr(details, "cached_tokens", 0) or 0, 0,
                 found.reasoning_tokens)  # fmt: skip
