"""Removes `</query>` in one spelling: a space or a capital in the tag is enough to pass."""

CAUGHT_BY = ["test_no_query_closes_its_frame"]
HINT = 3


def framed(system: str, query: str) -> Messages:
    query = query.replace("</query>", "").replace("<query>", "")
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"<query>\n{query}\n</query>"},
    ]
