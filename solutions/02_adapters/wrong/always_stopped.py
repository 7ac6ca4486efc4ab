"""Says "stop" for every reply; nobody sees that half of it is missing."""

CAUGHT_BY = ["test_a_chat_that_was_cut_short_says_so"]
HINT = 3


def ask_openai(config: Config, messages: Messages) -> Completion:
    limit = "max_completion_tokens" if config["provider"] == "openai" else "max_tokens"
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, **{limit: config["max_tokens"]}
    )
    usage = usage_of(config["provider"], reply.model_dump())
    return Completion(config["provider"], reply.choices[0].message.content or "", usage, "stop")
