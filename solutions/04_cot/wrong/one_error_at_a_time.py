"""Names the first wrong field only: the model spends a correction on each of them."""

CAUGHT_BY = ["test_a_wrong_field_is_named"]
HINT = 1


def parse_step(text: str) -> ReasoningStep:
    try:
        return ReasoningStep.model_validate_json(text)
    except ValidationError as reason:
        wrong = reason.errors()
    if wrong[0]["type"] == "json_invalid":
        raise InvalidStep(f"not JSON: {wrong[0]['msg']}. Send one JSON object and nothing around it.")
    fields = [": ".join(map(str, (*error["loc"], error["msg"]))) for error in wrong[:1]]
    raise InvalidStep(f"not a step: {'; '.join(fields)}.")
