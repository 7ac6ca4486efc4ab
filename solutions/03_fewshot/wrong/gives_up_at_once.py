"""Switches the SDK's retries off, so that a busy second fails a contract."""

CAUGHT_BY = ["test_survives_a_rate_limit"]
HINT = 2


def client() -> OpenAI:
    return OpenAI(max_retries=0)
