"""Shows the calculator's value, but sends the model its own wrong one back."""

CAUGHT_BY = ["test_the_calculator_has_the_last_word"]
HINT = 3


corrected = history


def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    as_said = [{**step, "result": step.get("said") or step["result"], "said": None} for step in steps]
    return corrected(question, as_said)
