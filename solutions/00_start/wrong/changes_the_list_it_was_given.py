"""Appends to the caller's list, which then changes behind the caller's back."""

CAUGHT_BY = ["test_the_list_given_stays_as_it_is"]
HINT = 2


def tell(messages: Messages, text: str) -> Messages:
    messages.append({"role": "user", "content": text})
    messages.append({"role": "assistant", "content": ask(messages)})
    return messages
