"""Reads each piece on its own and forgets the unfinished line before it."""

CAUGHT_BY = ["test_streams_the_steps_of_one_call"]
HINT = 6


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    rest, finish = "", None
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "stream": True}
    async with await async_client().chat.completions.create(**asked) as stream:
        async for chunk in stream:
            for choice in chunk.choices:
                steps, rest = read_steps(choice.delta.content or "")
                for step in steps:
                    yield step
                finish = choice.finish_reason or finish
    if finish != "stop":
        raise CutStream(f"the stream ended with finish reason {finish!r}")
    for step in read_steps(rest, ended=True)[0]:
        yield step
