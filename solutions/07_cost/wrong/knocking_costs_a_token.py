"""Takes a token for a refused call too: an impatient user is never served again."""

CAUGHT_BY = ["test_asking_too_early_costs_nothing"]
HINT = 4


def take(path: str, user: str, limits: Limits, now: float) -> None:
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        kept = store.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        level, at = kept or (limits["burst"], now)
        level = min(limits["burst"], level + max(0.0, now - at) * limits["rate"])
        if level < 1:
            store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - 1, now))
            store.execute("COMMIT")
            raise Refused("bucket", f"{user} calls too often.", (1 - level) / limits["rate"])
        store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - 1, now))
        store.execute("COMMIT")
