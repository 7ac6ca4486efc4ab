"""Writes a line at every look while the hour is too dear."""

CAUGHT_BY = ["test_the_guard_closes_the_switch_itself"]
HINT = 6


def watch(path: str, now: float) -> bool:
    before, current = hours(path, now)
    if current <= (most := ceiling(before)):
        return False
    close_switch(path, "guard", f"${current} in the last hour, where ${most} is the most", now)
    return True
