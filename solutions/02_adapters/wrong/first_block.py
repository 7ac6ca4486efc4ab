"""Takes `content[0]` for the text; a model that thinks sends its thinking there, one that refuses nothing."""

CAUGHT_BY = ["test_text_is_chosen_by_its_type"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    apart = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), max_tokens=config["max_tokens"], system=apart,
        messages=[message for message in messages if message["role"] != "system"],
    )  # fmt: skip
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    usage = usage_of("anthropic", reply.model_dump())
    return Completion("anthropic", reply.content[0].text, usage, finish)
