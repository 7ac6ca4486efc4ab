"""Takes `stream` and asks for whole replies all the same."""

CAUGHT_BY = ["test_a_streamed_run_is_heard_while_it_speaks"]
HINT = 3


streaming = solve


def solve(question: str, **settings: Any) -> Run:
    return streaming(question, **{**settings, "stream": False})
