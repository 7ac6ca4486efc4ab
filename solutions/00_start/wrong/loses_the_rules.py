"""Passes on what user and model said, and drops the rules that the conversation began with."""

CAUGHT_BY = ["test_the_list_given_stays_as_it_is"]
HINT = 2


def tell(messages: Messages, text: str) -> Messages:
    said = [message for message in messages if message["role"] != "system"]
    asked = [*said, {"role": "user", "content": text}]
    return [*asked, {"role": "assistant", "content": ask(asked)}]
