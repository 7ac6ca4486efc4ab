"""Hands the ceiling the last day alone: the hours against which a creep shows are gone."""

CAUGHT_BY = ["test_the_guard_remembers_the_first_hours"]
HINT = 6


def watch(path: str, now: float) -> bool:
    before, current = hours(path, now)
    if current <= (most := ceiling(before[-DAY:])) or not is_open(path):
        return False
    close_switch(path, "guard", f"${current} in the last hour, where ${most} is the most", now)
    return True
