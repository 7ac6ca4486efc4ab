"""Asks whether there is a finish reason, not which: an answer cut at its length limit passes for whole."""

CAUGHT_BY = ["test_a_cut_stream_is_not_an_answer[at_its_limit]"]
HINT = 6


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    step, rest, finish = None, "", None
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "timeout": 30}
    usage = {"stream_options": {"include_usage": True}}  # without it nobody learns what the stream cost
    try:
        async with await async_client().chat.completions.create(**asked, **usage, stream=True) as stream:
            async for chunk in stream:
                for choice in chunk.choices:  # a chunk that reports usage has none
                    steps, rest = read_steps(rest + (choice.delta.content or ""))
                    for step in steps:
                        yield step
                    finish = choice.finish_reason or finish
    except httpx2.TransportError as reason:
        raise CutStream(f"the connection broke: {reason}") from reason
    if finish is None:
        raise CutStream(f"the stream ended with finish reason {finish!r}: the answer is not complete")
    for step in read_steps(rest, ended=True)[0]:
        yield step
    if step is None or step.step_type != "final_answer":
        raise CutStream("the model stopped without a final answer")
