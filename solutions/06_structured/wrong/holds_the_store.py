"""Keeps a transaction open while the desk works: everybody else waits for the desk."""

CAUGHT_BY = ["test_the_store_is_free_while_the_desk_works"]
HINT = 6


def deliver(path: str, desk: Callable[[str, dict[str, Any]], Any]) -> int:
    with opened(path) as store:
        waiting = store.execute("SELECT * FROM tickets WHERE delivered = 0 ORDER BY rowid").fetchall()
    taken = 0
    for row in waiting:
        try:
            with opened(path) as store:
                store.execute("UPDATE tickets SET delivered = 1 WHERE mail_id = ?", [row["mail_id"]])
                desk(row["mail_id"], {**json.loads(row["ticket"]), "due": row["due"]})
            taken += 1
        except Exception:
            continue
    return taken
