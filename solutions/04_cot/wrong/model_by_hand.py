"""Names a model instead of a tier, and sends an old tutorial's temperature, which current models refuse."""

CAUGHT_BY = ["test_asks_the_tiers_model_without_a_temperature"]
HINT = 2


def ask(messages: Messages, tier: str = "balanced", form: str = "json_object") -> tuple[str, Usage]:
    reply = client().chat.completions.create(
        model="the-model-we-used-last-year", messages=messages, temperature=0, response_format={"type": form}
    )
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return reply.choices[0].message.content or "", spent
