"""Takes every host of its own for another vendor; behind a base URL OpenAI refuses `max_tokens` too."""

CAUGHT_BY = ["test_the_configuration_decides_where_a_chat_goes[elsewhere]"]
HINT = 3


def ask_openai(config: Config, messages: Messages) -> Completion:
    limit = "max_completion_tokens" if config["base_url"] is None else "max_tokens"
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, **{limit: config["max_tokens"]}
    )
    choice, usage = reply.choices[0], usage_of(config["provider"], reply.model_dump())
    return Completion(config["provider"], choice.message.content or "", usage, choice.finish_reason)
