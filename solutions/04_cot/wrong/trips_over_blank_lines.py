"""Takes every line for a step, the empty ones between two steps too."""

CAUGHT_BY = ["test_blank_lines_are_no_steps"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    *lines, rest = text.split("\n")
    if ended:
        lines, rest = ([*lines, rest] if rest else lines), ""
    return [parse_step(line) for line in lines], rest
