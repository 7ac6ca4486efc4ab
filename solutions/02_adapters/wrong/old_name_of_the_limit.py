"""Sends `max_tokens` to every host that speaks this format; OpenAI's current models refuse the old name."""

CAUGHT_BY = ["test_the_configuration_decides_where_a_chat_goes[openai]"]
HINT = 3


def ask_openai(config: Config, messages: Messages) -> Completion:
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, max_tokens=config["max_tokens"]
    )
    choice, usage = reply.choices[0], usage_of(config["provider"], reply.model_dump())
    return Completion(config["provider"], choice.message.content or "", usage, choice.finish_reason)
