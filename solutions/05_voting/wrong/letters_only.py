"""Keeps nothing but the letters: "home?" is a doubt, and is counted as a vote."""

CAUGHT_BY = ["test_what_is_no_label_abstains"]
HINT = 1


def parse_vote(text: str | None, labels: Labels) -> str | None:
    said = re.sub(r"[^a-z]", "", (text or "").lower())
    return {re.sub(r"[^a-z]", "", label.lower()): label for label in labels}.get(said)
