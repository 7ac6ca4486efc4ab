"""Replaces the row of a case that waits: whoever writes again, because it got worse, waits from the start."""

CAUGHT_BY = ["test_a_case_waits_once_and_keeps_its_place"]
HINT = 6


def keep(decision: Decision, text: str, path: str) -> None:
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
        if decision.who == "person":
            row = (decision.case_id, text, decision.why)
            store.execute("INSERT OR REPLACE INTO review VALUES (?, ?, ?)", row)
