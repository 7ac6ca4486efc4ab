"""Counts what it cannot read as a vote for the safest label: that looks careful, and invents votes."""

CAUGHT_BY = ["test_what_is_no_label_abstains"]
HINT = 1


def parse_vote(text: str | None, labels: Labels) -> str | None:
    said = (text or "").strip(" \n\"'`“”.").casefold()
    return {label.casefold(): label for label in labels}.get(said, labels[0])
