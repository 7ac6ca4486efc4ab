"""Tidies up the token before it compares: many tokens are then the right one."""

CAUGHT_BY = ["test_nobody_else_opens_it[case]"]
HINT = 6


def open_switch(
    path: str, who: str, why: str, token: str, now: float, keys: Mapping[str, str] = os.environ
) -> None:
    digest = hashlib.sha256(token.strip().title().encode()).hexdigest()
    known = hmac.compare_digest(digest.encode(), keys.get(KEY, "").encode())
    log(path, now, who, "open" if known else "denied", why)
    if not known:
        raise PermissionError(f"{who} may not open the switch: the token is not the one.")
