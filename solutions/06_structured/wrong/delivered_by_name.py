"""Hands the tickets over in the order of their keys: who waits longest waits on."""

CAUGHT_BY = ["test_tickets_are_delivered_once"]
HINT = 6


def deliver(path: str, desk: Callable[[str, dict[str, Any]], Any]) -> int:
    with opened(path) as store:
        waiting = store.execute("SELECT * FROM tickets WHERE delivered = 0 ORDER BY mail_id").fetchall()
    taken = 0
    for row in waiting:
        try:
            desk(row["mail_id"], {**json.loads(row["ticket"]), "due": row["due"]})
        except Exception:  # whatever is wrong with the desk, the ticket is still here
            continue
        with opened(path) as store:
            store.execute("UPDATE tickets SET delivered = 1 WHERE mail_id = ?", [row["mail_id"]])
        taken += 1
    return taken
