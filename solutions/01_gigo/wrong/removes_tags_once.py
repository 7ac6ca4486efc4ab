"""Removes the tags in one pass: the pieces of a tag around a tag become one, and an attribute saves it."""

CAUGHT_BY = ["test_no_query_closes_its_frame"]
HINT = 3


def framed(system: str, query: str) -> Messages:
    query = re.sub(r"<\s*/?\s*query\s*>", "", query, flags=re.IGNORECASE)
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"<query>\n{query}\n</query>"},
    ]
