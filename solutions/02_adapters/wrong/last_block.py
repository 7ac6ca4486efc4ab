"""Takes `content[-1]` for the text, as the thinking stands first; behind the text more blocks may follow."""

CAUGHT_BY = ["test_the_text_is_in_several_blocks"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    apart = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), max_tokens=config["max_tokens"], system=apart,
        messages=[message for message in messages if message["role"] != "system"],
    )  # fmt: skip
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    usage = usage_of("anthropic", reply.model_dump())
    return Completion("anthropic", reply.content[-1].text, usage, finish)
