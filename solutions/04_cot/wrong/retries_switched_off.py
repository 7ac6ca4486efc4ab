"""Switches the SDK's retries off and puts nothing in their place, so that one 429 ends the chain."""

CAUGHT_BY = ["test_survives_a_rate_limit"]
HINT = 2

client = cache(lambda: OpenAI(max_retries=0))
