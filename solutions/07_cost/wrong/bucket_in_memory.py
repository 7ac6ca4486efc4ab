"""Keeps the buckets in a dict: a restart fills them all."""

CAUGHT_BY = ["test_a_bucket_outlives_the_program"]
HINT = 4


BUCKETS = {}


def take(path: str, user: str, limits: Limits, now: float) -> None:
    level, at = BUCKETS.get((path, user), (limits["burst"], now))
    level = min(limits["burst"], level + max(0.0, now - at) * limits["rate"])
    if level < 1:
        raise Refused("bucket", f"{user} calls too often.", (1 - level) / limits["rate"])
    BUCKETS[path, user] = level - 1, now
