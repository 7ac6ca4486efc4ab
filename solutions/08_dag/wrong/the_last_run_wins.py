"""Keeps one run of each task, the last: the others were measured for nothing."""

CAUGHT_BY = ["test_runs_of_one_task_make_one_ratio"]
HINT = 7


def factors(rows: list[Row], name: str) -> list[Job]:
    entries = []
    for (provider, model_id), group in grouped(rows, "Provider", "Model"):
        ratios = []
        tasks = grouped(group, "TaskID")
        for _, runs in tasks:
            sides = [
                [row[name] for row in runs if row["SystemType"] == system and not row["Error"]]
                for system in ("baseline", "dag")
            ]
            if all(sides) and median(sides[1]):
                ratios.append(sides[0][-1] / sides[1][-1])
        entries.append({
            "Provider": provider, "Model": model_id, "tasks": len(ratios),
            "left_out": len(tasks) - len(ratios), "factor": median(ratios) if ratios else None,
            "interval": interval(ratios),
        })  # fmt: skip
    return entries
