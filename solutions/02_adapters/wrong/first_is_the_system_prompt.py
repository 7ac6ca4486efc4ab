"""Takes the first message for the system prompt; a history without one keeps its first question for ever."""

CAUGHT_BY = ["test_the_window_holds_the_newest_turns"]
HINT = 1

window_of_system = window


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    kept = window_of_system([{**messages[0], "role": "system"}, *messages[1:]], turns, max_tokens)
    return [messages[0], *kept[1:]]
