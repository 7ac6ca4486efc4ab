"""Marks all tickets at the end: killed at the last one, all of them are delivered again."""

CAUGHT_BY = ["test_killed_between_two_tickets_the_first_is_not_delivered_again"]
HINT = 6


def deliver(path: str, desk: Callable[[str, dict[str, Any]], Any]) -> int:
    with opened(path) as store:
        waiting = store.execute("SELECT * FROM tickets WHERE delivered = 0 ORDER BY rowid").fetchall()
    taken = []
    for row in waiting:
        try:
            desk(row["mail_id"], {**json.loads(row["ticket"]), "due": row["due"]})
        except Exception:
            continue
        taken.append([row["mail_id"]])
    with opened(path) as store:
        store.executemany("UPDATE tickets SET delivered = 1 WHERE mail_id = ?", taken)
    return len(taken)
