"""Takes any "no" in the text for a denial: "no fever, but chest pain" goes to the vote."""

CAUGHT_BY = ["test_doubt_is_a_red_flag"]
HINT = 6

_reported = red_flag


def red_flag(text: str) -> str | None:
    return None if DENIALS & set(re.findall(r"\w+", text.casefold())) else _reported(text)
