"""Works in the order of the ids: who wrote first waits longest, if the name is unlucky."""

CAUGHT_BY = ["test_tickets_go_into_the_outbox"]
HINT = 6


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        mails = [*map(mail_of, store.execute("SELECT * FROM mail WHERE state = 'waiting' ORDER BY id"))]
    for mail in mails:
        found = None
        try:
            attempts = (found := extract(mail, tries)).attempts
        except Unusable as reason:
            attempts = reason.attempts
        except APIError:
            counts["waiting"] += 1
            continue
        with opened(path) as store:
            mine = "UPDATE mail SET state = 'dead' WHERE id = ? AND state = 'waiting'"
            if not store.execute(mine, [mail["id"]]).rowcount:
                continue
            note(store, mail["id"], attempts)
            if found:
                post(store, mail, found.ticket, found.due)
            else:
                store.execute(
                    "INSERT INTO dead VALUES (?, ?, ?)", [mail["id"], attempts[-1].problem, clock()]
                )
        counts["done" if found else "dead"] += 1
    return counts
