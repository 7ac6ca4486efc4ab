"""Sends the last step back, as if the model still knew the earlier ones."""

CAUGHT_BY = ["test_every_call_carries_the_question_and_all_steps"]
HINT = 3


whole = history


def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    return whole(question, steps[-1:])
