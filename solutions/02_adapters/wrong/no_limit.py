"""Leaves `max_tokens` out, because OpenAI does not need it; Anthropic's API requires it."""

CAUGHT_BY = ["test_the_limit_is_always_sent", "test_a_message_comes_back_normalized"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), system=messages[0]["content"], messages=messages[1:]
    )
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)
