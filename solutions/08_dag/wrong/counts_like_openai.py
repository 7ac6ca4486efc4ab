"""Counts Anthropic's tokens as OpenAI's: a prefix that is long enough goes unmarked."""

CAUGHT_BY = ["test_below_the_minimum_nothing_is_marked"]
HINT = 2


def request(provider: str, tier: str, shared: list[str], turns: list[str]) -> Body:
    name = model(tier, provider)
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)]
    if provider == "anthropic":
        system: list[Body] = [{"type": "text", "text": text} for text in shared]
        if system and tokens("".join(shared)) >= capabilities(name).cache_minimum:
            system[-1]["cache_control"] = {"type": "ephemeral"}
        more = {"system": system} if system else {}
        return {"model": name, "max_tokens": desk.LIMIT, **more, "messages": messages}
    body: Body = {"model": name, "max_completion_tokens": desk.LIMIT, "messages": messages}
    if shared:
        prefix = "\n\n".join(shared)
        body["messages"] = [{"role": "system", "content": prefix}, *messages]
        body["prompt_cache_key"] = hashlib.sha256(prefix.encode()).hexdigest()
    return body
