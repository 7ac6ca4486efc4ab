"""Filters for the baseline, too: what the filter saves is on both sides, and cannot be seen."""

CAUGHT_BY = ["test_the_baseline_sends_everything_raw"]
HINT = 4


async def baseline(
    task: dict[str, str], provider: str, tier: str, search: Search, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    start, replies, answers, fault = clock(), [], [], ""
    payload = shown(compact(await search(task["question"]))["hits"])
    for step in desk.STEPS:
        turn = "\n\n".join([step, task["question"], desk.HANDBOOK, payload, *answers])
        reply, fault = await ask(provider, request(provider, tier, [], [turn]))
        replies.append(reply)
        if fault:
            break
        answers.append(said(reply))
    row = desk.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= {**usage_row(replies), "LatencySeconds": clock() - start, "Error": fault}
    return {"report": None if fault else answers[-1], "row": row}
