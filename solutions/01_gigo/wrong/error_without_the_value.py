"""Names the field and not what stood in it: who reads the log cannot tell 1.01 from 95."""

CAUGHT_BY = ["test_confidence_is_from_0_to_1", "test_only_what_was_retrieved_is_cited"]
HINT = 5
exact = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        return exact(said, documents)
    except InvalidReply as reason:
        names = [name for name in Reply.model_fields if name in str(reason)]
        raise InvalidReply(f"{', '.join(names)} is bad") from None
