"""Finds the words and not the "no" before them: every "no chest pain" is an emergency."""

CAUGHT_BY = ["test_a_denied_red_flag_is_none"]
HINT = 6


def red_flag(text: str) -> str | None:
    words = re.findall(r"[^\W_]+", text.casefold())
    for flag in RED_FLAGS:
        wanted = flag.split()
        for at in range(len(words) - len(wanted) + 1):
            if all(map(alike, words[at : at + len(wanted)], wanted)):
                return flag
    return None
