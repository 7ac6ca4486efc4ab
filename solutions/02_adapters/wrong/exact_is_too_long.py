"""Compares with `<`; a conversation of exactly the limit's size is refused or shortened."""

CAUGHT_BY = ["test_what_fits_exactly_is_kept"]
HINT = 1

window_below = window


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    return window_below(messages, turns, None if max_tokens is None else max_tokens - 1)
