"""Lets an error through: one call that fails takes six good votes with it."""

CAUGHT_BY = ["test_a_failed_call_is_a_vote_less"]
HINT = 2


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    reply = await client(provider).chat.completions.create(
        model=model("fast", provider),
        messages=[
            {"role": "system", "content": PROMPT.format(labels="\n".join(labels))},
            {"role": "user", "content": question},
        ],
        **(extras(provider) if weighted else {}),
    )
    choice = reply.choices[0]
    logprobs = [token.logprob for token in choice.logprobs.content or []] if choice.logprobs else None
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return parse_vote(choice.message.content, labels), weight(logprobs) if weighted else 1.0, spent
