"""Corrects until it works: a model that never gets the format right is paid for ever."""

CAUGHT_BY = ["test_gives_up_after_the_corrections_allowed"]
HINT = 3


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    usage = Usage()
    while True:
        said, spent = ask(messages)
        usage += spent
        try:
            return parse_step(said), said, usage
        except InvalidStep as reason:
            wrong = {"role": "assistant", "content": said}
            messages = [*messages, wrong, {"role": "user", "content": str(reason)}]
