"""Compares the first eight letters of the hash."""

CAUGHT_BY = ["test_nobody_else_opens_it[other_end]", "test_nobody_else_opens_it[begin]"]
HINT = 6


def open_switch(
    path: str, who: str, why: str, token: str, now: float, keys: Mapping[str, str] = os.environ
) -> None:
    digest = hashlib.sha256(token.encode()).hexdigest()
    known = keys.get(KEY, "")[:8] == digest[:8]
    log(path, now, who, "open" if known else "denied", why)
    if not known:
        raise PermissionError(f"{who} may not open the switch: the token is not the one.")
