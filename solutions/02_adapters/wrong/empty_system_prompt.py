"""Sends `system` in any case; without system messages that is a prompt that says nothing."""

CAUGHT_BY = ["test_no_system_prompt_is_no_field"]
HINT = 4

ask_with_system = ask_anthropic


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    return ask_with_system(config, [{"role": "system", "content": ""}, *messages])
