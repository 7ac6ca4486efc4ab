"""Corrects until the reply is good: a model that never gets there is paid for ever."""

CAUGHT_BY = ["test_gives_up_after_the_corrections"]
HINT = 6
bounded = draft


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    return bounded(query, documents, corrections=10**6)
