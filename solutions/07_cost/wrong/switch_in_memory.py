"""Keeps the switch in the process: a restart opens it, and the other workers never see it."""

CAUGHT_BY = ["test_a_restart_opens_nothing"]
HINT = 6


CLOSED = set()


def is_open(path: str) -> bool:
    try:
        with opened(path):
            return path not in CLOSED
    except sqlite3.Error:
        return False


def close_switch(path: str, who: str, why: str, now: float) -> None:
    log(path, now, who, "close", why)
    CLOSED.add(path)


_open_switch = open_switch


def open_switch(path, who, why, token, now, keys=os.environ):
    _open_switch(path, who, why, token, now, keys)
    CLOSED.discard(path)
