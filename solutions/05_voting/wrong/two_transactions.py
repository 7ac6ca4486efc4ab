"""Writes the audit first and the queue afterwards: a crash in between leaves a decision that nobody gets."""

CAUGHT_BY = ["test_audit_and_queue_are_written_together"]
HINT = 6


def keep(decision: Decision, text: str, path: str) -> None:
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
    if decision.who == "person":
        with opened(path) as store:
            store.execute(
                "INSERT INTO review VALUES (?, ?, ?) ON CONFLICT (case_id)"
                " DO UPDATE SET text = excluded.text, why = excluded.why",
                (decision.case_id, text, decision.why),
            )
