"""Queues what the vote has decided as well: people drown in cases that need nobody."""

CAUGHT_BY = ["test_a_decided_case_waits_for_nobody"]
HINT = 6


def keep(decision: Decision, text: str, path: str) -> None:
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
        if decision.who != "rule":
            store.execute(
                "INSERT INTO review VALUES (?, ?, ?) ON CONFLICT (case_id)"
                " DO UPDATE SET text = excluded.text, why = excluded.why",
                (decision.case_id, text, decision.why),
            )
