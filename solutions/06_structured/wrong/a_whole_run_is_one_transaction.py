"""Keeps the store open for a whole run: killed at the last mail, all of them are lost, and paid."""

CAUGHT_BY = ["test_each_mail_is_kept_by_itself"]
HINT = 6


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        query = "SELECT * FROM mail WHERE state = 'waiting' ORDER BY rowid"
        for mail in [*map(mail_of, store.execute(query))]:
            try:
                found = extract(mail, tries)
                note(store, mail["id"], found.attempts)
                post(store, mail, found.ticket, found.due)
                counts["done"] += 1
            except Unusable as reason:
                note(store, mail["id"], reason.attempts)
                why = reason.attempts[-1].problem
                store.execute("INSERT INTO dead VALUES (?, ?, ?)", [mail["id"], why, clock()])
                store.execute("UPDATE mail SET state = 'dead' WHERE id = ?", [mail["id"]])
                counts["dead"] += 1
            except APIError:
                counts["waiting"] += 1
    return counts
