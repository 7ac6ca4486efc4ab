"""Stops at the first ticket that the desk does not take: one bad ticket holds up all the others."""

CAUGHT_BY = ["test_a_ticket_that_the_desk_does_not_take_stays"]
HINT = 6


def deliver(path: str, desk: Callable[[str, dict[str, Any]], Any]) -> int:
    with opened(path) as store:
        waiting = store.execute("SELECT * FROM tickets WHERE delivered = 0 ORDER BY rowid").fetchall()
    taken = 0
    for row in waiting:
        try:
            desk(row["mail_id"], {**json.loads(row["ticket"]), "due": row["due"]})
        except Exception:  # whatever is wrong with the desk, the ticket is still here
            break
        with opened(path) as store:
            store.execute("UPDATE tickets SET delivered = 1 WHERE mail_id = ?", [row["mail_id"]])
        taken += 1
    return taken
