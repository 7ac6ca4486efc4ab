"""Makes the three calls at once: what it is compared with is no baseline any more."""

import asyncio

CAUGHT_BY = ["test_the_baseline_calls_one_after_the_other"]
HINT = 4


async def baseline(task, provider, tier, search, clock=time.perf_counter):
    start = clock()
    payload = await search(task["question"])
    turns = ["\n\n".join([step, task["question"], desk.HANDBOOK, payload]) for step in desk.STEPS]
    made = await asyncio.gather(*(ask(provider, request(provider, tier, [], [turn])) for turn in turns))
    fault = next((fault for _, fault in made if fault), "")
    row = desk.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= {**usage_row([reply for reply, _ in made]), "LatencySeconds": clock() - start, "Error": fault}
    return {"report": None if fault else said(made[-1][0]), "row": row}
