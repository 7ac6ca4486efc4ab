"""Looks for a denial on both sides: "chest pain and no appetite" denies the appetite, and not the pain."""

CAUGHT_BY = ["test_doubt_is_a_red_flag"]
HINT = 6


def red_flag(text: str) -> str | None:
    for flag in RED_FLAGS:
        wanted = flag.split()
        for clause in re.split(r"[^\w\s-]|\n|\bbut\b", text.casefold()):
            words = re.findall(r"[^\W_]+", clause)
            for at in range(len(words) - len(wanted) + 1):
                found = all(map(alike, words[at : at + len(wanted)], wanted))
                if found and not DENIALS & set(words[max(0, at - 3) : at + 5]):
                    return flag
    return None
