"""Hands `content` on as it comes; a refusal has None there, and the caller's next line fails on it."""

CAUGHT_BY = ["test_a_refusal_has_no_words"]
HINT = 3


def ask_openai(config: Config, messages: Messages) -> Completion:
    limit = "max_completion_tokens" if config["provider"] == "openai" else "max_tokens"
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, **{limit: config["max_tokens"]}
    )
    choice, usage = reply.choices[0], usage_of(config["provider"], reply.model_dump())
    return Completion(config["provider"], choice.message.content, usage, choice.finish_reason)
