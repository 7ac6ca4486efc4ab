"""Leaves the reducers out: the second worker that answers is an error."""

CAUGHT_BY = ["test_workers_run_at_once"]
HINT = 5


class State(TypedDict, total=False):
    job: tuple[str, str, str, Search]  # provider, tier, question, search
    shared: list[str]
    saved: int
    parts: list[str]
    part: tuple[int, str]  # number and text of the part that a worker got
    answers: list[tuple[int, str]]
    replies: list[Body | None]
    faults: list[str]
    report: str
