"""Writes the user's words into the system prompt, where they read like orders."""

CAUGHT_BY = ["test_the_model_is_told_the_set"]
HINT = 2


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    asked = PROMPT.format(labels="\n".join(labels)) + f"\nThe user writes: {question}"
    messages = [{"role": "system", "content": asked}, {"role": "user", "content": "Your label?"}]
    more = extras(provider) if weighted else {}
    try:
        reply = await client(provider).chat.completions.create(
            model=model("fast", provider), messages=messages, **more
        )
    except APIError:
        return None
    choice = reply.choices[0]
    logprobs = [token.logprob for token in choice.logprobs.content or []] if choice.logprobs else None
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return parse_vote(choice.message.content, labels), weight(logprobs) if weighted else 1.0, spent
