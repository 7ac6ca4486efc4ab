"""Says that the reply is wrong and not what is wrong: neither a reader nor the model can repair it."""

CAUGHT_BY = ["test_a_wrong_field_is_named", "test_confidence_is_from_0_to_1"]
HINT = 5
exact = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        return exact(said, documents)
    except InvalidReply:
        raise InvalidReply("The reply is not valid.") from None
