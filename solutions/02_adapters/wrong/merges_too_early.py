"""Joins roles before it takes the system messages out; what these kept apart is then side by side."""

CAUGHT_BY = ["test_the_system_prompt_goes_apart"]
HINT = 4


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    talk: Messages = []
    for message in messages:
        if talk and talk[-1]["role"] == message["role"]:
            talk[-1] = {**message, "content": f"{talk[-1]['content']}\n\n{message['content']}"}
        else:
            talk.append(message)
    apart = [message["content"] for message in talk if message["role"] == "system"]
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), max_tokens=config["max_tokens"],
        messages=[message for message in talk if message["role"] != "system"],
        **({"system": "\n\n".join(apart)} if apart else {}),
    )  # fmt: skip
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)
