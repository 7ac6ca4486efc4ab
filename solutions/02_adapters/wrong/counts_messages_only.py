"""Bounds the number of turns and not their length; ten long turns do not fit where fifty short ones do."""

CAUGHT_BY = ["test_the_window_holds_as_many_tokens_as_allowed", "test_a_turn_that_does_not_fit_is_refused"]
HINT = 1

window_of_any_size = window


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    return window_of_any_size(messages, turns)
