"""Checks that the confidence is a number and not which: 95 is surer than sure."""

CAUGHT_BY = ["test_confidence_is_from_0_to_1"]
HINT = 5
checked = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        reply = Reply.model_validate_json(said)
    except ValidationError:
        return checked(said, documents)
    inside = reply.model_copy(update={"confidence": 0.5}).model_dump_json()
    return checked(inside, documents).model_copy(update={"confidence": reply.confidence})
