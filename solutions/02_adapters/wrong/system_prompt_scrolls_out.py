"""Keeps the last messages, whatever they are; after some turns the system prompt is not among them."""

CAUGHT_BY = ["test_the_window_keeps_the_system_prompt"]
HINT = 1


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    return messages[-(2 * turns - 1) :]
