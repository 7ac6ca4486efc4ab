"""Asks the store once and remembers the answer: whoever closes the switch later is not heard."""

CAUGHT_BY = ["test_the_switch_is_open_until_somebody_closes_it"]
HINT = 6


ANSWERS = {}
_is_open = is_open


def is_open(path: str) -> bool:
    if path not in ANSWERS:
        ANSWERS[path] = _is_open(path)
    return ANSWERS[path]
