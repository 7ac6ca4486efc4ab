"""Counts the lines: opened twice and closed once, the switch is open."""

CAUGHT_BY = ["test_the_last_line_decides"]
HINT = 6


def is_open(path: str) -> bool:
    query = "SELECT sum(CASE action WHEN 'close' THEN 1 WHEN 'open' THEN -1 ELSE 0 END) FROM switch"
    try:
        with opened(path) as store:
            return (store.execute(query).fetchone()[0] or 0) <= 0
    except sqlite3.Error:
        return False
