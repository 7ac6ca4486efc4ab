"""Catches errors that have a status: a connection that breaks ends the run."""

CAUGHT_BY = ["test_an_error_of_the_provider_leaves_the_mail_waiting[connection]"]
HINT = 6


import openai  # noqa: E402


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
        except openai.APIStatusError:
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
