"""Uses the blocking client inside `async def`: while one model thinks, the server does nothing else."""

CAUGHT_BY = ["test_two_streams_run_at_once"]
HINT = 6


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    rest, finish = "", None
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "stream": True}
    try:
        with client().chat.completions.create(**asked) as stream:
            for chunk in stream:
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
