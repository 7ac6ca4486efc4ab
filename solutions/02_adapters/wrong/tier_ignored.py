"""Asks for the fast model whatever the tier; hard questions go to the cheap model, and nobody sees it."""

CAUGHT_BY = ["test_the_configuration_decides_where_a_chat_goes[elsewhere]"]
HINT = 3

ask_of_tier = ask_openai


def ask_openai(config: Config, messages: Messages) -> Completion:
    return ask_of_tier({**config, "tier": "fast"}, messages)
