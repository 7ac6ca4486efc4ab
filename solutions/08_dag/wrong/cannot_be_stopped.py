"""Takes being cancelled for one more failure of a run, and goes on to the next."""

CAUGHT_BY = ["test_whoever_cancels_ends_it"]
HINT = 6


async def bench(
    path: str, jobs: list[Job], run: Callable[[Job], Awaitable[Row]], bounds: Bounds, cap: Decimal,
    again: bool = False, progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    estimate(jobs, bounds)
    rows, made = resumed(path), 0
    spent = sum((paid(row, bounds) for row in rows), Decimal(0))
    there = Counter(map(key, (row for row in rows if not (again and row["Error"]))))
    todo = []
    for job in jobs:
        there[key(job)] -= 1
        if there[key(job)] < 0:
            todo.append(job)
    with Path(path).open("a", encoding="utf-8", newline="") as file:
        for job in todo:
            if spent + worst(job, bounds) > cap:
                break
            try:
                row = await run(job)
            except BaseException as error:
                row = desk.blank(*key(job)) | {"Error": f"{type(error).__name__}: {error}"}
            file.write(desk.line(row[name] for name in desk.FIELDS))
            file.flush()
            spent, made = spent + paid(row, bounds), made + 1
            if progress:
                progress(len(jobs) - len(todo) + made, len(jobs))
    return {"made": made, "left": len(todo) - made, "spent": spent}
