"""Catches what has a status code, so that a connection which breaks ends the whole vote."""

CAUGHT_BY = ["test_a_broken_connection_is_a_vote_less"]
HINT = 2

import openai  # noqa: E402

APIError = openai.APIStatusError
