"""Takes the mean: one slow run is the result."""

CAUGHT_BY = ["test_a_summary_is_made_of_medians"]
HINT = 7


def summarize(rows: list[Row], name: str) -> list[Job]:
    entries = []
    for (provider, model_id, system), group in grouped(rows, "Provider", "Model", "SystemType"):
        values = [row[name] for row in group if not row["Error"]]
        entries.append({
            "Provider": provider, "Model": model_id, "SystemType": system, "rows": len(values),
            "errors": len(group) - len(values), "median": sum(values) / len(values) if values else None,
            "interval": interval(values),
        })  # fmt: skip
    return entries
