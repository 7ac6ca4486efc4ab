"""Tries three times whatever the caller allows: the parameter is there, and nobody reads it."""

CAUGHT_BY = ["test_gives_up_after_the_corrections[none]"]
HINT = 6
counted = draft


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    return counted(query, documents)
