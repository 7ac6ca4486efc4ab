"""Starts the event stream at once: the status is 200 before anybody knows whether the model answers."""

CAUGHT_BY = ["test_a_silent_model_is_a_504"]
HINT = 7


def create_app(patience: float = 10.0) -> FastAPI:
    app = FastAPI()

    @app.get("/solve")
    async def think(question: Question) -> EventSourceResponse:
        return EventSourceResponse(started(stream_steps(question), patience))

    return app


async def started(steps: AsyncGenerator[ReasoningStep, None], patience: float) -> AsyncGenerator:
    try:
        async with asyncio.timeout(patience):
            first = await anext(steps)
    except TimeoutError:
        yield JSONServerSentEvent({"error": f"no step within {patience} seconds"}, event="error")
        return
    async for event in aloud(first, steps):
        yield event
