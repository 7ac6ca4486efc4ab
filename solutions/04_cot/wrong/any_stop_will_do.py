"""Trusts the word `stop`: a model that stopped in the middle of its thoughts seems to have answered."""

CAUGHT_BY = ["test_a_stop_without_a_final_answer_is_not_an_answer"]
HINT = 6


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    rest, finish = "", None
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "stream": True}
    try:
        async with await async_client().chat.completions.create(**asked) as stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    steps, rest = read_steps(rest + (choice.delta.content or ""))
                    for step in steps:
                        yield step
                    finish = choice.finish_reason or finish
    except httpx2.TransportError as reason:
        raise CutStream(f"the connection broke: {reason}") from reason
    if finish != "stop":
        raise CutStream(f"the stream ended with finish reason {finish!r}")
    for step in read_steps(rest, ended=True)[0]:
        yield step
