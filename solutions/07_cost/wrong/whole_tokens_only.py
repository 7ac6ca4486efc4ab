"""Refills in whole tokens and moves the moment on: who asks often never gets a token."""

CAUGHT_BY = ["test_a_bucket_refills_without_drift"]
HINT = 4


def take(path: str, user: str, limits: Limits, now: float) -> None:
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        kept = store.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        level, at = kept or (limits["burst"], now)
        level = min(limits["burst"], level + int((now - at) * limits["rate"]))
        passed = level >= 1
        store.execute("REPLACE INTO bucket VALUES (?, ?, ?)", (user, level - passed, now))
        store.execute("COMMIT")
    if not passed:
        raise Refused("bucket", f"{user} calls too often.", 1 / limits["rate"])
