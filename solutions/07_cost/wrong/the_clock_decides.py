"""Takes the line with the latest moment for the last one: the clocks of two machines differ."""

CAUGHT_BY = ["test_a_person_with_the_token_opens_it"]
HINT = 6


def is_open(path: str) -> bool:
    query = "SELECT action FROM switch WHERE action != 'denied' ORDER BY at DESC LIMIT 1"
    try:
        with opened(path) as store:
            return store.execute(query).fetchone() in (None, ("open",))
    except sqlite3.Error:
        return False
