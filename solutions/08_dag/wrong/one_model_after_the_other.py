"""Finishes one model before it begins the next: what stops early compares nothing."""

CAUGHT_BY = ["test_the_plan_has_every_combination_in_order"]
HINT = 6


def plan(tasks: list[str], models: list[list[str]], systems: list[str], runs: int) -> list[Job]:
    return [
        {"Provider": provider, "Tier": tier, "Model": model(tier, provider), "TaskID": task,
         "SystemType": system, "Run": run}
        for (provider, tier), run, task, system in product(models, range(1, runs + 1), tasks, systems)
    ]  # fmt: skip
