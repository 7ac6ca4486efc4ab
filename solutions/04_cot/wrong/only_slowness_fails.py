"""Knows one way to fail before the first step, the time-out; any other one crashes the request."""

CAUGHT_BY = ["test_an_early_failure_is_a_502"]
HINT = 7


def create_app(patience: float = 10.0) -> FastAPI:
    app = FastAPI()

    @app.get("/solve")
    async def think(question: Question) -> EventSourceResponse:
        steps = stream_steps(question)
        try:
            async with asyncio.timeout(patience):
                first = await anext(steps)
        except TimeoutError as reason:
            raise HTTPException(504, f"no step within {patience} seconds") from reason
        return EventSourceResponse(aloud(first, steps))

    return app
