"""Reads the last line whatever it is, so that a denied attempt counts as a change."""

CAUGHT_BY = ["test_a_denied_attempt_closes_nothing"]
HINT = 6


def is_open(path: str) -> bool:
    query = "SELECT action FROM switch ORDER BY number DESC LIMIT 1"
    try:
        with opened(path) as store:
            return store.execute(query).fetchone() in (None, ("open",))
    except sqlite3.Error:
        return False
