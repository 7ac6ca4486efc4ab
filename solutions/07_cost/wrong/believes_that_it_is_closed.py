"""Says nothing when the switch could not be closed."""

CAUGHT_BY = ["test_a_switch_that_could_not_be_closed_is_no_secret"]
HINT = 6


def close_switch(path: str, who: str, why: str, now: float) -> None:
    with suppress(sqlite3.Error):
        log(path, now, who, "close", why)
