"""Checks the citations that are there: an answer without any passes, and rests on nothing."""

CAUGHT_BY = ["test_an_answer_rests_on_something"]
HINT = 5
grounded = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        return grounded(said, documents)
    except InvalidReply as reason:
        if "citations are empty" in str(reason):
            return Reply.model_validate_json(said)
        raise
