"""Leaves out the lines that are not steps, and the chain goes on as if nothing had been said."""

CAUGHT_BY = ["test_a_finished_line_that_is_no_step_is_refused", "test_half_a_step_at_the_end_is_refused"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    *lines, rest = text.split("\n")
    steps = []
    for line in [*lines, rest] if ended else lines:
        try:
            steps.append(parse_step(line))
        except InvalidStep:
            continue
    return steps, "" if ended else rest
