"""Asks about all mails, and writes then: who is killed has paid for all answers, and has none."""

CAUGHT_BY = ["test_a_mail_is_written_down_before_the_next_one_is_asked_about"]
HINT = 6


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        mails = [*map(mail_of, store.execute("SELECT * FROM mail WHERE state = 'waiting' ORDER BY rowid"))]
    answers = []
    for mail in mails:
        try:
            found = extract(mail, tries)
            answers.append((mail, found, found.attempts))
        except Unusable as reason:
            answers.append((mail, None, reason.attempts))
        except APIError:
            counts["waiting"] += 1
    for mail, found, attempts in answers:
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
