"""Switches the SDK's retries off: a rate limit, which would have passed in a second, costs a vote."""

CAUGHT_BY = ["test_a_rate_limited_vote_is_asked_for_again"]
HINT = 2


def client(provider: str = "openai") -> AsyncOpenAI:
    if provider == "openai":
        return AsyncOpenAI(max_retries=0)
    return AsyncOpenAI(base_url="https://api.deepseek.com", api_key="none", max_retries=0)
