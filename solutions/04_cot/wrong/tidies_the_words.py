"""Strips what the model said, so that the history is not what was said."""

CAUGHT_BY = ["test_says_what_was_said_and_spent"]
HINT = 2


def ask(messages: Messages, tier: str = "balanced", form: str = "json_object") -> tuple[str, Usage]:
    reply = client().chat.completions.create(
        model=model(tier), messages=messages, response_format={"type": form}
    )
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return (reply.choices[0].message.content or "").strip(), spent
