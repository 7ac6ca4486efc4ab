"""Skips a turn that does not fit and goes on with older ones; the history has a hole that nobody can see."""

CAUGHT_BY = ["test_the_window_holds_as_many_tokens_as_allowed"]
HINT = 1


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    system = [message for message in messages if message["role"] == "system"]
    talk = [message for message in messages if message["role"] != "system"]
    begins = [at for at, message in enumerate(talk) if message["role"] == "user"]
    kept: Messages = []
    for begin, end in reversed([*zip(begins, [*begins[1:], len(talk)], strict=True)][-turns:]):
        if max_tokens is None or size([*system, *talk[begin:end], *kept]) <= max_tokens:
            kept = talk[begin:end] + kept
        elif not kept:
            raise TooLong("The question is too long.")
    return system + kept
