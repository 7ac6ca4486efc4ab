"""Closes the switch if nobody ever touched it: opened by a person, it stays open."""

CAUGHT_BY = ["test_the_guard_closes_it_again"]
HINT = 6


def watch(path: str, now: float) -> bool:
    before, current = hours(path, now)
    if current <= (most := ceiling(before)) or not is_open(path) or _touched(path):
        return False
    close_switch(path, "guard", f"${current} in the last hour, where ${most} is the most", now)
    return True


def _touched(path: str) -> bool:
    with opened(path) as store:
        return store.execute("SELECT 1 FROM switch WHERE action = 'open'").fetchone() is not None
