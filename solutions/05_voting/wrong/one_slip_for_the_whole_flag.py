"""Compares the flag as one text, with one slip for all of it; two frightened words are missed."""

CAUGHT_BY = ["test_a_red_flag_is_found"]
HINT = 6


def red_flag(text: str) -> str | None:
    ends = r"[^\w\s-]|\s-+\s|\bbut\b"
    clauses = [*re.split(ends, text.casefold()), *re.split(rf"{ends}|\n", text.casefold())]
    for flag in RED_FLAGS:
        for clause in clauses:
            words = re.findall(r"[^\W_]+", clause)
            for at in range(len(words) - 1):
                if alike(" ".join(words[at : at + 2]), flag) and not DENIALS & set(
                    words[max(0, at - 3) : at]
                ):
                    return flag
    return None
