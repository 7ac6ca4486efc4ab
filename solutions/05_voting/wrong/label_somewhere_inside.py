"""Looks for a label inside of the reply, so that "not home" is a vote for home, and "homely" is one too."""

CAUGHT_BY = ["test_what_is_no_label_abstains"]
HINT = 1


def parse_vote(text: str | None, labels: Labels) -> str | None:
    said = (text or "").casefold()
    return next((label for label in labels if label.casefold() in said), None)
