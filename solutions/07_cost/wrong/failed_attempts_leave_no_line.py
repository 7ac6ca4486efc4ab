"""Raises before it writes: the audit does not tell who tried."""

CAUGHT_BY = ["test_nobody_else_opens_it"]
HINT = 6


def open_switch(path, who, why, token, now, keys=os.environ):
    digest = hashlib.sha256(token.encode()).hexdigest()
    if not hmac.compare_digest(digest.encode(), keys.get(KEY, "").encode()):
        raise PermissionError(f"{who} may not open the switch.")
    log(path, now, who, "open", why)
