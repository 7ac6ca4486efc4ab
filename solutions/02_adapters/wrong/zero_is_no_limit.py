"""Asks `if max_tokens`, so that 0 lets everything through; a budget that is used up is then no limit."""

CAUGHT_BY = ["test_a_turn_that_does_not_fit_is_refused"]
HINT = 1

window_of_limit = window


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    return window_of_limit(messages, turns, max_tokens or None)
