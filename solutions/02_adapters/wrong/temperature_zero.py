"""Sends `temperature: 0` for stable replies; current models refuse every value but the default."""

CAUGHT_BY = ["test_a_chat_sends_no_temperature"]
HINT = 3


def ask_openai(config: Config, messages: Messages) -> Completion:
    limit = "max_completion_tokens" if config["provider"] == "openai" else "max_tokens"
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, temperature=0,
        **{limit: config["max_tokens"]},
    )  # fmt: skip
    choice, usage = reply.choices[0], usage_of(config["provider"], reply.model_dump())
    return Completion(config["provider"], choice.message.content or "", usage, choice.finish_reason)
