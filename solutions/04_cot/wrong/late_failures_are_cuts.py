"""Tells a late failure if the connection broke, and lets every other one tear the event stream."""

CAUGHT_BY = ["test_a_late_failure_is_an_event"]
HINT = 7


async def aloud(
    step: ReasoningStep, steps: AsyncGenerator[ReasoningStep, None]
) -> AsyncGenerator[JSONServerSentEvent, None]:
    async with aclosing(steps):
        try:
            yield JSONServerSentEvent(step.model_dump(), event="thinking")
            async for step in steps:
                yield JSONServerSentEvent(step.model_dump(), event="thinking")
            yield JSONServerSentEvent({"answer": step.result}, event="complete")
        except CutStream as reason:
            yield JSONServerSentEvent({"error": str(reason)}, event="error")
