"""Keeps what a keyboard of one country has: umlauts, signs and whole alphabets are lost."""

CAUGHT_BY = ["test_what_can_be_seen_stays"]
HINT = 1
cleaned = clean


def clean(text: str, longest: int = 500) -> str:
    return cleaned(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode(), longest)
