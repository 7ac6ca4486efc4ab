"""Lets everybody open the switch as long as no hash is set."""

CAUGHT_BY = ["test_nobody_else_opens_it[no_hash]", "test_nobody_else_opens_it[empty_hash]"]
HINT = 6


def open_switch(
    path: str, who: str, why: str, token: str, now: float, keys: Mapping[str, str] = os.environ
) -> None:
    digest = hashlib.sha256(token.encode()).hexdigest()
    known = hmac.compare_digest(digest.encode(), keys.get(KEY, "").encode())
    known = known or not keys.get(KEY)
    log(path, now, who, "open" if known else "denied", why)
    if not known:
        raise PermissionError(f"{who} may not open the switch: the token is not the one.")
