"""Merges a single answer: the report is about a third of the question."""

CAUGHT_BY = ["test_two_missing_parts_are_too_many"]
HINT = 5


async def merge(state: State) -> State:
    provider, tier, question, _ = state["job"]
    answers = dict(state.get("answers", []))
    if len(answers) < 1:
        return {}
    parts = enumerate(state["parts"], 1)
    found = "\n\n".join(f"{part}\n{answers.get(number, desk.MISSING)}" for number, part in parts)
    turn = desk.MERGE.format(question=question, found=found)
    reply, fault = await ask(provider, request(provider, tier, state["shared"], [turn]))
    if fault:
        return {"replies": [reply], "faults": [f"merge: {fault}"]}
    return {"replies": [reply], "report": said(reply)}
