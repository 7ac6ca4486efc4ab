"""Ignores a case that waits already: the person reads the first message, and not that it got worse."""

CAUGHT_BY = ["test_a_case_waits_once_and_keeps_its_place"]
HINT = 6


def keep(decision: Decision, text: str, path: str) -> None:
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
        if decision.who == "person":
            row = (decision.case_id, text, decision.why)
            store.execute("INSERT OR IGNORE INTO review VALUES (?, ?, ?)", row)
