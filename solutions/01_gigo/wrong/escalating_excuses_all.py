"""Checks no reply that escalates, as if nobody read it."""

CAUGHT_BY = ["test_escalating_excuses_nothing_else"]
HINT = 5
strict = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        reply = Reply.model_validate_json(said)
    except ValidationError:
        return strict(said, documents)
    return reply if reply.escalate else strict(said, documents)
