"""Refuses without a word: the customer sees an empty answer and does not learn what to change."""

CAUGHT_BY = ["test_an_empty_query_is_refused", "test_a_long_query_is_taken_whole_or_not_at_all"]
HINT = 1
worded = clean


def clean(text: str, longest: int = 500) -> str:
    try:
        return worded(text, longest)
    except Unusable:
        raise Unusable from None
