"""Measures one model and writes down another: the calls go to the fast tier, whatever was asked for."""

CAUGHT_BY = ["test_the_baseline_runs_on_the_tier_it_was_given"]
HINT = 4


async def baseline(
    task: dict[str, str], provider: str, tier: str, search: Search, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    start, replies, answers, fault = clock(), [], [], ""
    payload = await search(task["question"])
    for step in desk.STEPS:
        turn = "\n\n".join([step, task["question"], desk.HANDBOOK, payload, *answers])
        reply, fault = await ask(provider, request(provider, "fast", [], [turn]))
        replies.append(reply)
        if fault:
            break
        answers.append(said(reply))
    row = desk.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= {**usage_row(replies), "LatencySeconds": clock() - start, "Error": fault}
    return {"report": None if fault else answers[-1], "row": row}
