"""Marks the mail before it is worked on: killed in between, it is nobody's."""

CAUGHT_BY = [
    "test_an_error_of_the_provider_leaves_the_mail_waiting",
    "test_result_and_state_are_one_transaction",
]
HINT = 6


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        mails = [*map(mail_of, store.execute("SELECT * FROM mail WHERE state = 'waiting' ORDER BY rowid"))]
    for mail in mails:
        found = None
        with opened(path) as store:
            store.execute("UPDATE mail SET state = 'done' WHERE id = ?", [mail["id"]])
        try:
            attempts = (found := extract(mail, tries)).attempts
        except Unusable as reason:
            attempts = reason.attempts
        except APIError:
            counts["waiting"] += 1
            continue
        with opened(path) as store:
            mine = "UPDATE mail SET state = 'dead' WHERE id = ?"
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
