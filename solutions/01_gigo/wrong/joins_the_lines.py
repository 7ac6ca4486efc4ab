"""Drops every control character, line breaks too: two words become one that no pattern knows."""

CAUGHT_BY = ["test_white_space_is_one_space"]
HINT = 1
spaced = clean


def clean(text: str, longest: int = 500) -> str:
    return spaced("".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf")), longest)
