"""Puts the query between two tags as it is: whoever writes the closing tag writes outside of it."""

CAUGHT_BY = ["test_no_query_closes_its_frame"]
HINT = 3


def framed(system: str, query: str) -> Messages:
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"<query>\n{query}\n</query>"},
    ]
