"""Looks at the clock on the wall, whatever clock it was given: a simulated second takes one."""

CAUGHT_BY = ["test_the_row_of_the_baseline"]
HINT = 4


async def baseline(
    task: dict[str, str], provider: str, tier: str, search: Search, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    start, replies, answers, fault = time.perf_counter(), [], [], ""
    payload = await search(task["question"])
    for step in desk.STEPS:
        turn = "\n\n".join([step, task["question"], desk.HANDBOOK, payload, *answers])
        reply, fault = await ask(provider, request(provider, tier, [], [turn]))
        replies.append(reply)
        if fault:
            break
        answers.append(said(reply))
    row = desk.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= {**usage_row(replies), "LatencySeconds": time.perf_counter() - start, "Error": fault}
    return {"report": None if fault else answers[-1], "row": row}
