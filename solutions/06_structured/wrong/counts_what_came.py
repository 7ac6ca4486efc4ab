"""Counts the mails that came, and not those that are new."""

CAUGHT_BY = ["test_mails_are_accepted_once"]
HINT = 6


def accept(path: str, mails: list[Mail]) -> int:
    new = "INSERT OR IGNORE INTO mail (id, received, sender, subject, body) VALUES (?, ?, ?, ?, ?)"
    with opened(path) as store:
        for each in mails:
            store.execute(new, [each[name] for name in Mail.__annotations__])
    return len(mails)
