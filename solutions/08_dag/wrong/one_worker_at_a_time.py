"""Waits for each worker before it sends the next: a graph, and no faster than a chain."""

CAUGHT_BY = ["test_workers_run_at_once"]
HINT = 5


def fan_out(state: State) -> Any:
    return Send("work", state) if state.get("parts") else END


def one_part(step):
    async def work(state: State) -> State:
        found = {"replies": [], "answers": [], "faults": []}
        for part in enumerate(state["parts"], 1):
            for name, new in (await step({**state, "part": part})).items():
                found[name] += new
        return found

    return work


work = one_part(work)
