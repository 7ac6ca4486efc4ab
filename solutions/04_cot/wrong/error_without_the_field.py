"""Says that the step is invalid and not why: neither a reader nor the model can repair it."""

CAUGHT_BY = ["test_a_wrong_field_is_named"]
HINT = 1


def parse_step(text: str) -> ReasoningStep:
    try:
        return ReasoningStep.model_validate_json(text)
    except ValidationError:
        raise InvalidStep("The reply is not a valid reasoning step.") from None
