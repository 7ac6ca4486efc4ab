"""Sends no limit to the vendor that demands none: an answer may be as long, and as dear, as it likes."""

CAUGHT_BY = ["test_the_answer_is_limited"]
HINT = 2


def request(provider: str, tier: str, shared: list[str], turns: list[str]) -> Body:
    name = model(tier, provider)
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)]
    if provider == "anthropic":
        system: list[Body] = [{"type": "text", "text": text} for text in shared]
        if system and tokens("".join(shared), provider) >= capabilities(name).cache_minimum:
            system[-1]["cache_control"] = {"type": "ephemeral"}
        more = {"system": system} if system else {}
        return {"model": name, "max_tokens": desk.LIMIT, **more, "messages": messages}
    body: Body = {"model": name, "messages": messages}
    if shared:
        prefix = "\n\n".join(shared)
        body["messages"] = [{"role": "system", "content": prefix}, *messages]
        body["prompt_cache_key"] = hashlib.sha256(prefix.encode()).hexdigest()
    return body
