"""Takes every block that is no thinking for text; a tool's block has no text at all."""

CAUGHT_BY = ["test_the_text_is_in_several_blocks"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    apart = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), max_tokens=config["max_tokens"], system=apart,
        messages=[message for message in messages if message["role"] != "system"],
    )  # fmt: skip
    text = "".join(block.text for block in reply.content if block.type != "thinking")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)
