"""Looks for "I think" in the lower-cased answer, where no capital I is left to be found."""

CAUGHT_BY = ["test_hedging_is_refused"]
HINT = 5
checked = check_reply
WORDS, HEDGES = HEDGES, ()


def check_reply(said: str, documents: Documents) -> Reply:
    reply = checked(said, documents)
    if any(words in reply.answer.lower() for words in WORDS):
        raise InvalidReply("answer hedges: state what the documents say.")
    return reply
