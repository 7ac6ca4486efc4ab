"""Asks for JSON in the prompt only, and leaves it to the model whether it obeys."""

CAUGHT_BY = ["test_asks_for_json"]
HINT = 2


def ask(messages: Messages, tier: str = "balanced", form: str = "json_object") -> tuple[str, Usage]:
    reply = client().chat.completions.create(model=model(tier), messages=messages)
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return reply.choices[0].message.content or "", spent
