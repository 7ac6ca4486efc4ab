"""Keeps the queue in a list: a restart, or a second process, and nobody waits any more."""

CAUGHT_BY = ["test_what_nobody_decided_waits_for_a_person"]
HINT = 6

QUEUE = []


def keep(decision: Decision, text: str, path: str) -> None:
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
    if decision.who == "person":
        QUEUE.append((decision.case_id, text, decision.why))
