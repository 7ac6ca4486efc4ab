"""Turns the retries of the SDK off and writes none, so that one busy moment ends the run."""

CAUGHT_BY = ["test_a_rate_limited_call_is_repeated", "test_an_overloaded_claude_is_asked_again"]
HINT = 3


patient = client


def client(provider: str, base_url: str | None) -> Any:
    return patient(provider, base_url).with_options(max_retries=0)
