"""Counts only the call that brought the valid step, although the provider bills the others too."""

CAUGHT_BY = ["test_bad_calls_are_paid_for"]
HINT = 3


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    total = 0
    for _ in range(1 + corrections):
        said, spent = ask(messages)
        total += spent.total_tokens
        try:
            return parse_step(said), said, spent
        except InvalidStep as reason:
            wrong = {"role": "assistant", "content": said}
            messages = [*messages, wrong, {"role": "user", "content": str(reason)}]
    raise CorrectionFailed(f"{corrections} corrections and {total} tokens did not help.")
