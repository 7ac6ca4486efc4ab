"""Compares the token with what stands in the environment: who reads the hash can open the switch."""

CAUGHT_BY = ["test_nobody_else_opens_it[hash]", "test_a_person_with_the_token_opens_it"]
HINT = 6


def open_switch(
    path: str, who: str, why: str, token: str, now: float, keys: Mapping[str, str] = os.environ
) -> None:
    digest = token
    known = hmac.compare_digest(digest.encode(), keys.get(KEY, "").encode())
    log(path, now, who, "open" if known else "denied", why)
    if not known:
        raise PermissionError(f"{who} may not open the switch: the token is not the one.")
