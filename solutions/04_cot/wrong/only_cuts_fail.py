"""Expects a stream to fail by its connection only: a provider's error and prose crash the request."""

CAUGHT_BY = ["test_an_early_failure_is_a_502[no_step]", "test_an_early_failure_is_a_502[provider]"]
HINT = 7


def create_app(patience: float = 10.0) -> FastAPI:
    app = FastAPI(title="Chain of thought, aloud")

    @app.get("/solve")
    async def think(question: Question) -> EventSourceResponse:
        steps = stream_steps(question)
        try:
            async with asyncio.timeout(patience):
                first = await anext(steps)
        except (TimeoutError, APITimeoutError) as reason:
            raise HTTPException(504, f"no step within {patience} seconds") from reason
        except CutStream as reason:
            raise HTTPException(502, str(reason)) from reason
        return EventSourceResponse(aloud(first, steps))

    return app
