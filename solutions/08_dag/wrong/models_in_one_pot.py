"""Puts the tasks of all models into one pot, so that a factor is nobody"s."""

CAUGHT_BY = ["test_every_model_has_a_factor_of_its_own"]
HINT = 7


def factors(rows: list[Row], name: str) -> list[Job]:
    entries = []
    for (provider, model_id), _ in grouped(rows, "Provider", "Model"):
        ratios = []
        tasks = grouped(rows, "TaskID")
        for _task, runs in tasks:
            sides = [
                [row[name] for row in runs if row["SystemType"] == system and not row["Error"]]
                for system in ("baseline", "dag")
            ]
            if all(sides) and median(sides[1]):
                ratios.append(median(sides[0]) / median(sides[1]))
        entries.append({
            "Provider": provider, "Model": model_id, "tasks": len(ratios),
            "left_out": len(tasks) - len(ratios), "factor": median(ratios) if ratios else None,
            "interval": interval(ratios),
        })  # fmt: skip
    return entries
