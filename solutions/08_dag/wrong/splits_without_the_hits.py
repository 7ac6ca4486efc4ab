"""Splits without the hits: nobody has written the prefix when the workers start, and all miss."""

CAUGHT_BY = ["test_every_call_begins_alike"]
HINT = 5


async def orchestrate(state: State) -> State:
    provider, tier, question, _ = state["job"]
    turns, replies = [desk.SPLIT.format(question=question)], []
    for _ in range(2):
        reply, fault = await ask(provider, request(provider, tier, [desk.HANDBOOK], turns))
        replies.append(reply)
        if fault:
            break
        try:
            return {"parts": parse_parts(said(reply)), "replies": replies}
        except BadParts as reason:
            fault = str(reason)
            turns += [said(reply), desk.AGAIN.format(reason=reason)]
    return {"replies": replies, "faults": [f"split: {fault}"]}
