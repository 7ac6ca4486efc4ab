"""Takes a measure that is missing for a bucket without a bottom."""

CAUGHT_BY = ["test_a_bucket_without_a_measure_is_no_free_pass"]
HINT = 4


def take(path: str, user: str, limits: Limits, now: float) -> None:
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        kept = store.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        level, at = kept or (limits.get("burst", 1e9), now)
        level = min(limits.get("burst", 1e9), level + max(0.0, now - at) * limits.get("rate", 1e9))
        if level < 1:
            raise Refused("bucket", f"{user} calls too often.", (1 - level) / limits.get("rate", 1e9))
        store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - 1, max(now, at)))
        store.execute("COMMIT")
