"""Parses the rest at the end of the stream, even if nothing is left."""

CAUGHT_BY = ["test_blank_lines_are_no_steps"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    *lines, rest = text.split("\n")
    steps = [parse_step(line) for line in lines if line.strip()]
    return ([*steps, parse_step(rest)], "") if ended else (steps, rest)
