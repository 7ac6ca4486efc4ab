"""Accepts a label as it is spelled in the set and no other way: a capital letter costs a vote."""

CAUGHT_BY = ["test_a_label_is_read_however_it_is_dressed"]
HINT = 1


def parse_vote(text: str | None, labels: Labels) -> str | None:
    return text if text in labels else None
