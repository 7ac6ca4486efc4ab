"""Says nothing about a worker that failed: the row looks as good as any other."""

CAUGHT_BY = ["test_a_worker_that_fails_is_missed"]
HINT = 5


async def work(state: State) -> State:
    (provider, tier, _, _), (number, part) = state["job"], state["part"]
    body = request(provider, tier, state["shared"], [desk.WORK.format(part=part)])
    reply, fault = await ask(provider, body)
    if fault:
        return {"replies": [reply]}
    return {"replies": [reply], "answers": [(number, said(reply))]}
