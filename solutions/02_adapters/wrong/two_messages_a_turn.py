"""Takes two messages for a turn; a second reply to one question moves every border by one."""

CAUGHT_BY = ["test_a_turn_may_have_any_number_of_replies"]
HINT = 1


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    system, talk = messages[:1], messages[1:]
    for count in range(turns, 0, -1):
        kept = system + talk[-(2 * count - 1) :]
        if max_tokens is None or size(kept) <= max_tokens:
            return kept
    raise TooLong("The question is too long.")
