"""Joins roles in the caller's own messages; the next turn sends the joined text, and joins it again."""

CAUGHT_BY = ["test_the_messages_given_stay_as_they_are"]
HINT = 4

ask_alternating = ask_anthropic


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    talk: Messages = []
    for message in messages:
        if talk and talk[-1]["role"] == message["role"]:
            talk[-1]["content"] += "\n\n" + message["content"]
        else:
            talk.append(message)
    return ask_alternating(config, talk)
