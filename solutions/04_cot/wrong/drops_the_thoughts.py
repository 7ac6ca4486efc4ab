"""Keeps only what the loop needs and drops the thoughts, and with them the reason to ask for steps at all."""

CAUGHT_BY = ["test_a_valid_step_is_read"]
HINT = 1
checked = parse_step


def parse_step(text: str) -> ReasoningStep:
    return checked(text).model_copy(update={"thought": "", "action": ""})
