"""Reads the details that OpenAI sends from every server; one of your own may send two sums and no more."""

CAUGHT_BY = ["test_a_server_that_counts_less_is_counted_too"]
HINT = 2

counted_with_care = usage_of


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    found = counted_with_care(provider, body)
    if provider != "llama":
        return found
    cached = body["usage"]["prompt_tokens_details"]["cached_tokens"]
    return Usage(found.input_tokens, found.output_tokens, cached)
