"""Joins messages with nothing between them; the last word of one and the first of the next become one."""

CAUGHT_BY = ["test_roles_take_turns", "test_the_system_prompt_goes_apart"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    apart = "".join(message["content"] for message in messages if message["role"] == "system")
    talk: Messages = []
    for message in (message for message in messages if message["role"] != "system"):
        if talk and talk[-1]["role"] == message["role"]:
            talk[-1] = {**message, "content": talk[-1]["content"] + message["content"]}
        else:
            talk.append(message)
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), messages=talk, max_tokens=config["max_tokens"],
        **({"system": apart} if apart else {}),
    )  # fmt: skip
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)
