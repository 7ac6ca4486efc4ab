"""Sends Anthropic the same messages as OpenAI, system prompt among them; the API refuses that with 400."""

CAUGHT_BY = ["test_the_system_prompt_goes_apart"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), messages=messages, max_tokens=config["max_tokens"]
    )
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)
