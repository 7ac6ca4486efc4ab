"""Cuts the first thing in braces out of the words: what stands around it is ignored, a warning too."""

CAUGHT_BY = ["test_what_is_no_json_object_is_refused"]
HINT = 5
strict = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    found = re.search(r"\{.*\}", said, re.DOTALL)
    return strict(found[0] if found else said, documents)
