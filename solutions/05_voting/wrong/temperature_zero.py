"""Sends temperature 0 "for stable votes": current models refuse it, and the others would vote alike."""

CAUGHT_BY = ["test_votes_are_independent"]
HINT = 2


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    try:
        reply = await client(provider).chat.completions.create(
            model=model("fast", provider),
            messages=[
                {"role": "system", "content": PROMPT.format(labels="\n".join(labels))},
                {"role": "user", "content": question},
            ],
            temperature=0,
            **(extras(provider) if weighted else {}),
        )
    except APIError:
        return None
    choice = reply.choices[0]
    logprobs = [token.logprob for token in choice.logprobs.content or []] if choice.logprobs else None
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return parse_vote(choice.message.content, labels), weight(logprobs) if weighted else 1.0, spent
