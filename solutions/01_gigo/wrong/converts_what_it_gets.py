"""Lets pydantic convert: "0.9" becomes a number and "no" becomes false, and nobody learns of it."""

CAUGHT_BY = ["test_a_wrong_field_is_named"]
HINT = 5
typed = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        return typed(Reply.model_validate_json(said, strict=False).model_dump_json(), documents)
    except ValidationError:
        return typed(said, documents)
