"""Leaves out the part that nobody answered: the report does not say that it is missing."""

CAUGHT_BY = ["test_a_worker_that_fails_is_missed"]
HINT = 5


async def merge(state: State) -> State:
    provider, tier, question, _ = state["job"]
    answers = dict(state.get("answers", []))
    if len(answers) < desk.PARTS - 1:
        return {}
    parts = enumerate(state["parts"], 1)
    found = "\n\n".join(
        f"{part}\n{answers.get(number, desk.MISSING)}" for number, part in parts if number in answers
    )
    turn = desk.MERGE.format(question=question, found=found)
    reply, fault = await ask(provider, request(provider, tier, state["shared"], [turn]))
    if fault:
        return {"replies": [reply], "faults": [f"merge: {fault}"]}
    return {"replies": [reply], "report": said(reply)}
