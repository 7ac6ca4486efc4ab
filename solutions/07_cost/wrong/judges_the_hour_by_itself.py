"""Counts the hour that is judged among those before it."""

CAUGHT_BY = ["test_the_guard_compares_with_hours_before_alone"]
HINT = 6


def watch(path: str, now: float) -> bool:
    before, current = hours(path, now)
    if current <= (most := ceiling([*before, current])) or not is_open(path):
        return False
    close_switch(path, "guard", f"${current} in the last hour, where ${most} is the most", now)
    return True
