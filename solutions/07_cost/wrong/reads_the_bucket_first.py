"""Begins without IMMEDIATE, so that those who waited for the bucket fail."""

CAUGHT_BY = ["test_whoever_waited_for_the_bucket_looks_anew"]
HINT = 4


def take(path: str, user: str, limits: Limits, now: float) -> None:
    with opened(path) as store:
        store.execute("BEGIN")
        kept = store.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        level, at = kept or (limits["burst"], now)
        level = min(limits["burst"], level + max(0.0, now - at) * limits["rate"])
        if level < 1:
            raise Refused("bucket", f"{user} calls too often.", (1 - level) / limits["rate"])
        store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - 1, max(now, at)))
        store.execute("COMMIT")
