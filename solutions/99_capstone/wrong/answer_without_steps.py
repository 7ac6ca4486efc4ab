"""Prints nothing but the bill: whoever waits sees no step and cannot tell where a number came from."""

CAUGHT_BY = ["test_an_answer_is_printed_after_its_steps"]
HINT = 6


shown = solve


def solve(question: str, *, watch: Watch = lambda _: None, **settings: Any) -> Run:
    return shown(question, **settings)
