"""Does not look again: what a colleague did while the model was thinking is done a second time."""

CAUGHT_BY = ["test_a_mail_that_was_decided_meanwhile_is_left_as_it_is"]
HINT = 6


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        mails = [*map(mail_of, store.execute("SELECT * FROM mail WHERE state = 'waiting' ORDER BY rowid"))]
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
            store.execute("UPDATE mail SET state = 'dead' WHERE id = ?", [mail["id"]])
            note(store, mail["id"], attempts)
            if found:
                post(store, mail, found.ticket, found.due)
            else:
                store.execute(
                    "INSERT INTO dead VALUES (?, ?, ?)", [mail["id"], attempts[-1].problem, clock()]
                )
        counts["done" if found else "dead"] += 1
    return counts
