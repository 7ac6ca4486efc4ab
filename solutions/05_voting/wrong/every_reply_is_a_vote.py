"""Takes whatever was said for a label, so that every phrase becomes a candidate of its own."""

CAUGHT_BY = ["test_what_is_no_label_abstains", "test_the_set_is_the_one_that_is_given"]
HINT = 1


def parse_vote(text: str | None, labels: Labels) -> str | None:
    said = (text or "").strip(" \n\"'`“”.")
    return {label.casefold(): label for label in labels}.get(said.casefold(), said or None)
