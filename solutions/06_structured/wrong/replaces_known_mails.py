"""Replaces a mail that is there already: what was done waits again, and is done twice."""

CAUGHT_BY = ["test_a_known_mail_does_not_wait_again"]
HINT = 6


def accept(path: str, mails: list[Mail]) -> int:
    new = "INSERT OR REPLACE INTO mail (id, received, sender, subject, body) VALUES (?, ?, ?, ?, ?)"
    with opened(path) as store:
        return sum(
            store.execute(new, [each[name] for name in Mail.__annotations__]).rowcount for each in mails
        )
