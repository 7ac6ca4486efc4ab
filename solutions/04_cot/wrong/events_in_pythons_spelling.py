"""Puts a dict into the event: what goes out is Python's spelling of it (True, single quotes), and no JSON."""

CAUGHT_BY = ["test_thinks_aloud_then_completes"]
HINT = 7


async def aloud(step: ReasoningStep, steps: AsyncGenerator[ReasoningStep, None]) -> AsyncGenerator:
    async with aclosing(steps):
        try:
            yield {"event": "thinking", "data": step.model_dump()}
            async for step in steps:
                yield {"event": "thinking", "data": step.model_dump()}
            yield {"event": "complete", "data": {"answer": step.result}}
        except ChainError as reason:
            yield {"event": "error", "data": {"error": str(reason)}}
