"""Corrects in the caller's list: every later step pays for the mistake again."""

CAUGHT_BY = ["test_the_corrected_step_comes_without_the_mistake"]
HINT = 3


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    usage = Usage()
    for _ in range(1 + corrections):
        said, spent = ask(messages)
        usage += spent
        try:
            return parse_step(said), said, usage
        except InvalidStep as reason:
            error = str(reason)
        wrong = {"role": "assistant", "content": said}
        messages += [wrong, {"role": "user", "content": f"{error}\nSend this step again."}]
    raise CorrectionFailed(f"{error} {corrections} corrections and {usage.total_tokens} tokens did not help.")
