"""Opens the transaction, and then asks the model: while it thinks, nobody else can write."""

CAUGHT_BY = ["test_the_store_is_free_while_the_model_thinks"]
HINT = 6


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        mails = [*map(mail_of, store.execute("SELECT * FROM mail WHERE state = 'waiting' ORDER BY rowid"))]
    for mail in mails:
        try:
            with opened(path) as store:
                store.execute("UPDATE mail SET state = 'dead' WHERE id = ?", [mail["id"]])
                try:
                    found = extract(mail, tries)
                    note(store, mail["id"], found.attempts)
                    post(store, mail, found.ticket, found.due)
                    counts["done"] += 1
                except Unusable as reason:
                    note(store, mail["id"], reason.attempts)
                    letter = [mail["id"], reason.attempts[-1].problem, clock()]
                    store.execute("INSERT INTO dead VALUES (?, ?, ?)", letter)
                    counts["dead"] += 1
        except APIError:
            counts["waiting"] += 1
    return counts
