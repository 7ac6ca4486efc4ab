"""Sends messages of one role one after the other; the API's conversation is user, assistant, user."""

CAUGHT_BY = ["test_roles_take_turns"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    apart = [message["content"] for message in messages if message["role"] == "system"]
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), max_tokens=config["max_tokens"],
        messages=[message for message in messages if message["role"] != "system"],
        **({"system": "\n\n".join(apart)} if apart else {}),
    )  # fmt: skip
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)
