"""Reports no tokens for a run that broke off: they were paid."""

CAUGHT_BY = ["test_the_baseline_stops_at_an_error"]
HINT = 4


async def baseline(
    task: dict[str, str], provider: str, tier: str, search: Search, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    start, replies, answers, fault = clock(), [], [], ""
    payload = await search(task["question"])
    for step in desk.STEPS:
        turn = "\n\n".join([step, task["question"], desk.HANDBOOK, payload, *answers])
        reply, fault = await ask(provider, request(provider, tier, [], [turn]))
        replies.append(reply)
        if fault:
            break
        answers.append(said(reply))
    row = desk.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= {**usage_row([] if fault else replies), "LatencySeconds": clock() - start, "Error": fault}
    return {"report": None if fault else answers[-1], "row": row}
