"""Checks that there are citations and not that they were retrieved: a made-up one looks like a good one."""

CAUGHT_BY = ["test_only_what_was_retrieved_is_cited"]
HINT = 5
checked = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        known = dict.fromkeys(Reply.model_validate_json(said).citations, "")
    except ValidationError:
        known = documents
    return checked(said, known)
