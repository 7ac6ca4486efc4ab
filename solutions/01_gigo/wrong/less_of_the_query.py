"""Makes the query safe by making it less: no word `query`, and no more than its first 300 characters."""

CAUGHT_BY = ["test_no_word_of_a_query_is_lost"]
HINT = 3
whole = framed


def framed(system: str, query: str) -> Messages:
    return whole(system, re.sub("query", "q", query, flags=re.IGNORECASE)[:300])
