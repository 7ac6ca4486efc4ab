"""Takes the model's arithmetic as it comes."""

CAUGHT_BY = [
    "test_the_calculator_has_the_last_word",
    "test_arithmetic_that_the_calculator_refuses_is_asked_for_again",
]
HINT = 3


def read_step(reply: Completion) -> dict[str, Any]:
    if reply.finish != "stop":
        raise InvalidStep(reply.finish)
    try:
        return Step.model_validate_json(reply.text).model_dump()
    except ValidationError as reason:
        raise InvalidStep(str(reason)) from reason
