"""Returns the whole list and not what is new: the reducer adds it to itself."""

CAUGHT_BY = ["test_the_row_of_the_dag"]
HINT = 5


async def work(state: State) -> State:
    (provider, tier, _, _), (number, part) = state["job"], state["part"]
    body = request(provider, tier, state["shared"], [desk.WORK.format(part=part)])
    reply, fault = await ask(provider, body)
    if fault:
        return {"replies": [reply], "faults": [f"part {number}: {fault}"]}
    return {"replies": [*state["replies"], reply], "answers": [(number, said(reply))]}
