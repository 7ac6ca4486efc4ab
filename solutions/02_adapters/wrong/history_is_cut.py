"""Cuts the caller's own list; what left the window once can never come back or be shown."""

CAUGHT_BY = ["test_the_history_itself_stays_whole"]
HINT = 1

window_of = window


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    messages[:] = window_of(messages, turns, max_tokens)
    return messages
