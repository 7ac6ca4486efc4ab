"""Takes whoever speaks this format for OpenAI: the reply has the wrong name, and later the wrong price."""

CAUGHT_BY = ["test_a_chat_completion_comes_back_normalized[deepseek]"]
HINT = 3


def ask_openai(config: Config, messages: Messages) -> Completion:
    limit = "max_completion_tokens" if config["provider"] == "openai" else "max_tokens"
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, **{limit: config["max_tokens"]}
    )
    choice, usage = reply.choices[0], usage_of("openai", reply.model_dump())
    return Completion("openai", choice.message.content or "", usage, choice.finish_reason)
