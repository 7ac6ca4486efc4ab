"""Takes the end of the stream for the end of the answer, and never looks at the finish reason."""

CAUGHT_BY = ["test_a_cut_stream_is_not_an_answer"]
HINT = 6


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    rest = ""
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "stream": True}
    async with await async_client().chat.completions.create(**asked) as stream:
        async for chunk in stream:
            for choice in chunk.choices:
                steps, rest = read_steps(rest + (choice.delta.content or ""))
                for step in steps:
                    yield step
    for step in read_steps(rest, ended=True)[0]:
        yield step
