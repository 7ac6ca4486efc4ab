"""Divides mean by mean: the longest task is the result."""

CAUGHT_BY = ["test_a_factor_is_the_median_of_ratios"]
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
                ratios.append(median(sides[0]) / median(sides[1]))
        entries.append({
            "Provider": provider, "Model": model_id, "tasks": len(ratios),
            "left_out": len(tasks) - len(ratios), "factor": ratio(group, name) if ratios else None,
            "interval": interval(ratios),
        })  # fmt: skip
    return entries


def ratio(rows, name):
    sides = ([row[name] for row in rows if row["SystemType"] == system] for system in ("baseline", "dag"))
    before, after = (sum(side) / len(side) for side in sides)
    return before / after
