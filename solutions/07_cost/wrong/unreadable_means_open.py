"""Lets calls through when the store cannot be read: the guard fails open."""

CAUGHT_BY = ["test_a_store_that_cannot_be_read_is_closed"]
HINT = 6


def is_open(path: str) -> bool:
    query = "SELECT action FROM switch WHERE action != 'denied' ORDER BY number DESC LIMIT 1"
    try:
        with opened(path) as store:
            return store.execute(query).fetchone() in (None, ("open",))
    except sqlite3.Error:
        return True
