"""Keeps each mail by itself: after a failure nobody knows which of them are in."""

CAUGHT_BY = ["test_mails_are_accepted_all_or_none"]
HINT = 6


def accept(path: str, mails: list[Mail]) -> int:
    new = "INSERT OR IGNORE INTO mail (id, received, sender, subject, body) VALUES (?, ?, ?, ?, ?)"
    count = 0
    for each in mails:
        with opened(path) as store:
            count += store.execute(new, [each[name] for name in Mail.__annotations__]).rowcount
    return count
