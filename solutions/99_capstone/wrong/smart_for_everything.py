"""Asks the most expensive model for every step, although the calculator does the computing."""

CAUGHT_BY = ["test_a_call_asks_the_fast_tier_for_json"]
HINT = 2


frugal = complete


def complete(messages: Messages, *, provider: str = "openai", **settings: Any) -> Completion:
    return frugal(messages, provider=provider, **{"model_id": model("smart", provider), **settings})
