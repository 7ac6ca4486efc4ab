"""Sends the error back without the words that it is about: the model does not remember them."""

CAUGHT_BY = ["test_a_bad_step_goes_back_with_its_error"]
HINT = 3


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    usage = Usage()
    for _ in range(1 + corrections):
        said, spent = ask(messages)
        usage += spent
        try:
            return parse_step(said), said, usage
        except InvalidStep as reason:
            messages = [*messages, {"role": "user", "content": f"{reason} Send this step again."}]
    raise CorrectionFailed(f"{corrections} corrections and {usage.total_tokens} tokens did not help.")
