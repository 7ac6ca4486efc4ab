"""Drops the oldest message until the rest fits; the first one left may be a reply without its question."""

CAUGHT_BY = ["test_a_turn_is_never_split"]
HINT = 1


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    system, talk = messages[:1], messages[1:][-(2 * turns - 1) :]
    while max_tokens is not None and size(system + talk) > max_tokens:
        if len(talk) == 1:
            raise TooLong("The question is too long.")
        talk = talk[1:]
    return system + talk
