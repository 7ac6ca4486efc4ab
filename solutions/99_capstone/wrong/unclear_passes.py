"""Lets a calculate step pass unchecked when the calculator cannot read it."""

CAUGHT_BY = ["test_arithmetic_that_the_calculator_refuses_is_asked_for_again"]
HINT = 3


strict = calculate


def read_step(reply: Completion) -> dict[str, Any]:
    if reply.finish != "stop":
        raise InvalidStep(reply.finish)
    try:
        step = Step.model_validate_json(reply.text).model_dump()
    except ValidationError as reason:
        raise InvalidStep(str(reason)) from reason
    if step["step_type"] == "calculate":
        try:
            step["result"] = strict(step["action"])
        except NotArithmetic:
            return step
    return step
