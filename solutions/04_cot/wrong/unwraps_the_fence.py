"""Takes the step out of its fence, as if the model had kept to the format."""

CAUGHT_BY = ["test_what_is_no_json_object_is_refused"]
HINT = 1


def parse_step(text: str) -> ReasoningStep:
    try:
        text = text.strip().removeprefix("```json").removesuffix("```")
        return ReasoningStep.model_validate_json(text)
    except ValidationError as reason:
        wrong = reason.errors()
    if wrong[0]["type"] == "json_invalid":
        raise InvalidStep(f"not JSON: {wrong[0]['msg']}. Send one JSON object and nothing around it.")
    fields = (": ".join(map(str, (*error["loc"], error["msg"]))) for error in wrong)
    raise InvalidStep(f"not a step: {'; '.join(fields)}.")
