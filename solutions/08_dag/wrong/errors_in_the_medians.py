"""Takes runs that broke off into the medians: they were fast."""

CAUGHT_BY = ["test_errors_are_counted_and_nothing_else"]
HINT = 7


def summarize(rows: list[Row], name: str) -> list[Job]:
    entries = []
    for (provider, model_id, system), group in grouped(rows, "Provider", "Model", "SystemType"):
        values = [row[name] for row in group]
        entries.append({
            "Provider": provider, "Model": model_id, "SystemType": system, "rows": len(values),
            "errors": sum(bool(row["Error"]) for row in group), "median": median(values) if values else None,
            "interval": interval(values),
        })  # fmt: skip
    return entries
