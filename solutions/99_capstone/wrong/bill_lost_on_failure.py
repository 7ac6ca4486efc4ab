"""Reports nothing when there is no answer, although the calls were made and paid."""

CAUGHT_BY = ["test_a_failure_reports_what_was_done_and_spent"]
HINT = 6


attached = solve


def solve(question: str, **settings: Any) -> Run:
    try:
        return attached(question, **settings)
    except CotError as stop:
        stop.run = None
        raise
