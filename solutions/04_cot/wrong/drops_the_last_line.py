"""Waits for a newline after every step; the last step, which is the answer, has none and is lost."""

CAUGHT_BY = ["test_the_last_line_needs_no_newline", "test_any_cut_gives_the_same_steps"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    *lines, rest = text.split("\n")
    return [parse_step(line) for line in lines if line.strip()], "" if ended else rest
