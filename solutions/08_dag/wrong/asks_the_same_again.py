"""Asks the same again: the model does not know what was wrong, and says it again."""

CAUGHT_BY = ["test_a_wrong_split_is_corrected_once"]
HINT = 5


async def orchestrate(state: State) -> State:
    provider, tier, question, _ = state["job"]
    turns, replies = [desk.SPLIT.format(question=question)], []
    for _ in range(2):
        reply, fault = await ask(provider, request(provider, tier, state["shared"], turns))
        replies.append(reply)
        if fault:
            break
        try:
            return {"parts": parse_parts(said(reply)), "replies": replies}
        except BadParts as reason:
            fault = str(reason)
    return {"replies": replies, "faults": [f"split: {fault}"]}
