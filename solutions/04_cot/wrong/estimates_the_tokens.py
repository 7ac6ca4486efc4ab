"""Estimates the tokens from the length of the text, although the reply says what will be billed."""

CAUGHT_BY = ["test_says_what_was_said_and_spent"]
HINT = 2


def ask(messages: Messages, tier: str = "balanced", form: str = "json_object") -> tuple[str, Usage]:
    reply = client().chat.completions.create(
        model=model(tier), messages=messages, response_format={"type": form}
    )
    said = reply.choices[0].message.content or ""
    return said, Usage(sum(len(message["content"]) for message in messages) // 4, len(said) // 4)
