"""Writes the moment of a clock that is late: the same seconds fill the bucket twice."""

CAUGHT_BY = ["test_a_late_clock_neither_fills_nor_drains"]
HINT = 4


def take(path: str, user: str, limits: Limits, now: float) -> None:
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        kept = store.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        level, at = kept or (limits["burst"], now)
        level = min(limits["burst"], level + max(0.0, now - at) * limits["rate"])
        if level < 1:
            raise Refused("bucket", f"{user} calls too often.", (1 - level) / limits["rate"])
        store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - 1, now))
        store.execute("COMMIT")
