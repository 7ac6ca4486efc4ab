"""Reads the level first and writes it afterwards: workers drink the same token."""

CAUGHT_BY = ["test_nobody_drinks_while_another_does"]
HINT = 4


def take(path: str, user: str, limits: Limits, now: float) -> None:
    with opened(path) as store:
        kept = store.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        level, at = kept or (limits["burst"], now)
        level = min(limits["burst"], level + max(0.0, now - at) * limits["rate"])
        if level < 1:
            raise Refused("bucket", f"{user} calls too often.", (1 - level) / limits["rate"])
        store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - 1, now))
