"""Waits for the first step as long as the model likes, and lets the visitor wait with it."""

CAUGHT_BY = ["test_a_silent_model_is_a_504"]
HINT = 7


def create_app(patience: float = 10.0) -> FastAPI:
    app = FastAPI()

    @app.get("/solve")
    async def think(question: Question) -> EventSourceResponse:
        steps = stream_steps(question)
        return EventSourceResponse(aloud(await anext(steps), steps))

    return app
