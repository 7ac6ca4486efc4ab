"""Drops the citations that it does not know: the answer that rested on them goes out as if it were proven."""

CAUGHT_BY = ["test_only_what_was_retrieved_is_cited"]
HINT = 5
checked = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        reply = Reply.model_validate_json(said)
    except ValidationError:
        return checked(said, documents)
    kept = [name for name in reply.citations if name in documents]
    return checked(reply.model_copy(update={"citations": kept}).model_dump_json(), documents)
