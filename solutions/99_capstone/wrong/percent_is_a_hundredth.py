"""Reads every percent as a hundredth, also where a pocket calculator takes a part of what stands before."""

CAUGHT_BY = ["test_what_can_be_read_in_two_ways_is_refused"]
HINT = 1


strict = calculate


def calculate(expression: str) -> str:
    return strict(re.sub(r"([\d.]+)\s*%(?!\s*\d)", r"(\1/100)", expression).replace(") of", ") *"))
