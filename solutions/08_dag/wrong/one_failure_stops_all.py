"""Raises when a worker fails: two answers that were paid are thrown away."""

CAUGHT_BY = ["test_a_worker_that_fails_is_missed"]
HINT = 5


async def work(state: State) -> State:
    (provider, tier, _, _), (number, part) = state["job"], state["part"]
    body = request(provider, tier, state["shared"], [desk.WORK.format(part=part)])
    reply, fault = await ask(provider, body)
    if fault:
        raise RuntimeError(fault)
    return {"replies": [reply], "answers": [(number, said(reply))]}
