"""Strips white space: a hidden character inside still keeps the query from the cheap tier."""

CAUGHT_BY = ["test_what_cannot_be_seen_is_dropped", "test_an_empty_query_is_refused"]
HINT = 1


def clean(text: str, longest: int = 500) -> str:
    query = " ".join(text.split())
    if not query or len(query) > longest:
        raise Unusable(f"Please write one question of at most {longest} characters.")
    return query
