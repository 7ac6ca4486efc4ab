"""Measures the turns without the system prompt, which is sent with every call as well."""

CAUGHT_BY = ["test_the_window_holds_as_many_tokens_as_allowed"]
HINT = 1

window_of_all = window


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    system = [message for message in messages if message["role"] == "system"]
    return window_of_all(messages, turns, None if max_tokens is None else max_tokens + size(system))
