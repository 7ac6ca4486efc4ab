"""Reads the model in a task of its own, which nobody stops when the visitor leaves."""

CAUGHT_BY = ["test_leaving_closes_the_call"]
HINT = 7
RUNNING = set()


async def aloud(step: ReasoningStep, steps: AsyncGenerator[ReasoningStep, None]) -> AsyncGenerator:
    queue = asyncio.Queue()

    async def read() -> None:
        try:
            async for later in steps:
                queue.put_nowait(later)
            queue.put_nowait(None)
        except ChainError as reason:
            queue.put_nowait(reason)

    task = asyncio.create_task(read())
    RUNNING.add(task)
    while isinstance(step, ReasoningStep):
        yield JSONServerSentEvent(step.model_dump(), event="thinking")
        last, step = step, await queue.get()
    if step is None:
        yield JSONServerSentEvent({"answer": last.result}, event="complete")
    else:
        yield JSONServerSentEvent({"error": str(step)}, event="error")
