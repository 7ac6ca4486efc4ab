"""Cuts a long query to the limit: what is left may ask for something else, and nobody knows."""

CAUGHT_BY = ["test_a_long_query_is_taken_whole_or_not_at_all"]
HINT = 1
strict = clean


def clean(text: str, longest: int = 500) -> str:
    return strict(text, len(text) + 1)[:longest]
