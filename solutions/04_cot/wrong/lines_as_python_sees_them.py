"""Cuts with splitlines(), which also ends a line where JSON text goes on."""

CAUGHT_BY = ["test_only_a_newline_ends_a_line"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    lines = text.splitlines()
    rest = "" if ended or text.endswith("\n") or not lines else lines.pop()
    return [parse_step(line) for line in lines if line.strip()], rest
