"""Leaves the library out: the same result, and nothing to compare it with."""

CAUGHT_BY = ["test_the_library_makes_the_same_ticket"]
HINT = 5


def extract_with_instructor(mail: Mail, tries: int = 3) -> Extraction:
    return extract(mail, tries)
