"""Searches the text for the flag's letters: "chest painting" is found, and "chest pian" is not."""

CAUGHT_BY = ["test_other_words_are_no_red_flag", "test_a_red_flag_is_found"]
HINT = 6


def red_flag(text: str) -> str | None:
    for flag in RED_FLAGS:
        for found in re.finditer(flag, text.casefold()):
            before = re.split(r"[^\w\s-]|\n|\bbut\b", text.casefold()[: found.start()])[-1].split()
            if not DENIALS & set(before[-3:]):
                return flag
    return None
