"""Takes a case out of the queue when it is decided later; the person who should see it never does."""

CAUGHT_BY = ["test_a_case_waits_once_and_keeps_its_place"]
HINT = 6

_keep = keep


def keep(decision: Decision, text: str, path: str) -> None:
    _keep(decision, text, path)
    if decision.who != "person":
        with opened(path) as store:
            store.execute("DELETE FROM review WHERE case_id = ?", (decision.case_id,))
