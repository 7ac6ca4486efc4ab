"""Reads the rest as soon as it parses, although its line is not finished."""

CAUGHT_BY = ["test_the_last_line_needs_no_newline"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    *lines, rest = text.split("\n")
    if ended:
        lines, rest = [*lines, rest], ""
    try:
        return [parse_step(line) for line in [*lines, rest] if line.strip()], ""
    except InvalidStep:
        pass
    return [parse_step(line) for line in lines if line.strip()], rest
