"""Collects the whole text before it looks for steps: streamed by the provider, and not by us."""

CAUGHT_BY = ["test_closing_the_steps_closes_the_call"]
HINT = 6


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    text, finish = "", None
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "stream": True}
    async with await async_client().chat.completions.create(**asked) as stream:
        async for chunk in stream:
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
    if finish != "stop":
        raise CutStream(f"the stream ended with finish reason {finish!r}")
    for step in read_steps(text, ended=True)[0]:
        yield step
