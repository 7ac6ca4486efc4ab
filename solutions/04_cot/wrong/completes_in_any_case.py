"""Sends `complete` in a `finally`, so that a chain that broke looks like one that ended."""

CAUGHT_BY = ["test_a_late_failure_is_an_event"]
HINT = 7


async def aloud(step: ReasoningStep, steps: AsyncGenerator[ReasoningStep, None]) -> AsyncGenerator:
    yield JSONServerSentEvent(step.model_dump(), event="thinking")
    try:
        async for step in steps:
            yield JSONServerSentEvent(step.model_dump(), event="thinking")
    except ChainError as reason:
        yield JSONServerSentEvent({"error": str(reason)}, event="error")
    finally:
        yield JSONServerSentEvent({"answer": step.result}, event="complete")
