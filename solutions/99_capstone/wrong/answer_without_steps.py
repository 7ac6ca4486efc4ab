"""Prints nothing but the bill: whoever waits sees no step, and cannot tell where a number came from."""

from contextlib import nullcontext

CAUGHT_BY = ["test_an_answer_is_printed_after_its_steps"]
HINT = 6


def watching(args: Any, write: Any) -> Any:
    return nullcontext(lambda event: None)
