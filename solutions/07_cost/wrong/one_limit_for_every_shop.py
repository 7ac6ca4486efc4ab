"""Compares every hour with COLD, whatever the hours before it cost."""

CAUGHT_BY = ["test_the_guard_judges_by_the_hours_before"]
HINT = 6


def watch(path: str, now: float) -> bool:
    _, current = hours(path, now)
    if current <= (most := COLD) or not is_open(path):
        return False
    close_switch(path, "guard", f"${current} in the last hour, where ${most} is the most", now)
    return True
