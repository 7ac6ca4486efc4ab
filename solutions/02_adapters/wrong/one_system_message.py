"""Keeps the first system message only; a second one is gone without a word."""

CAUGHT_BY = ["test_the_system_prompt_goes_apart"]
HINT = 4

ask_whole = ask_anthropic


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    first = [message for message in messages if message["role"] == "system"][:1]
    return ask_whole(config, first + [message for message in messages if message["role"] != "system"])
