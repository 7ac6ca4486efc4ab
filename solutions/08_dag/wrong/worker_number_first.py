"""Begins with the number of the worker: no two workers share a prefix."""

CAUGHT_BY = ["test_every_call_begins_alike"]
HINT = 5


async def work(state: State) -> State:
    (provider, tier, _, _), (number, part) = state["job"], state["part"]
    body = request(
        provider, tier, [f"You are worker {number}.", *state["shared"]], [desk.WORK.format(part=part)]
    )
    reply, fault = await ask(provider, body)
    if fault:
        return {"replies": [reply], "faults": [f"part {number}: {fault}"]}
    return {"replies": [reply], "answers": [(number, said(reply))]}
