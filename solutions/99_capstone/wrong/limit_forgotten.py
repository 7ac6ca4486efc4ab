"""Loops until the model says that it is done."""

CAUGHT_BY = ["test_the_step_limit_ends_the_run"]
HINT = 3


bounded = solve


def solve(question: str, **settings: Any) -> Run:
    return bounded(question, **{**settings, "max_steps": 10**6})
