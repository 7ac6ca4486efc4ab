"""Runs the whole plan at every start, and pays for it again."""

CAUGHT_BY = ["test_what_is_there_is_not_run_again"]
HINT = 6


async def bench(
    path: str, jobs: list[Job], run: Callable[[Job], Awaitable[Row]], bounds: Bounds, cap: Decimal,
    again: bool = False, progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    estimate(jobs, bounds)
    rows, made = resumed(path), 0
    spent = sum((paid(row, bounds) for row in rows), Decimal(0))
    todo = []
    for job in jobs:
        todo.append(job)
    with Path(path).open("a", encoding="utf-8", newline="") as file:
        for job in todo:
            if spent + worst(job, bounds) > cap:
                break
            try:
                row = await run(job)
            except Exception as error:
                row = desk.blank(*key(job)) | {"Error": f"{type(error).__name__}: {error}"}
            file.write(desk.line(row[name] for name in desk.FIELDS))
            file.flush()
            spent, made = spent + paid(row, bounds), made + 1
            if progress:
                progress(len(jobs) - len(todo) + made, len(jobs))
    return {"made": made, "left": len(todo) - made, "spent": spent}
