"""Tries three times, whatever number of corrections the caller allows."""

CAUGHT_BY = ["test_gives_up_after_the_corrections_allowed"]
HINT = 3


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    usage = Usage()
    for _ in range(3):
        said, spent = ask(messages)
        usage += spent
        try:
            return parse_step(said), said, usage
        except InvalidStep as reason:
            error = str(reason)
        wrong = {"role": "assistant", "content": said}
        messages = [*messages, wrong, {"role": "user", "content": f"{error}\nSend this step again."}]
    raise CorrectionFailed(f"{error} {corrections} corrections and {usage.total_tokens} tokens did not help.")
