"""Keeps the problem that was corrected: a draft with a reply also says what is wrong with it."""

CAUGHT_BY = ["test_a_bad_reply_goes_back_with_its_error"]
HINT = 6
clear = draft


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    problems, checked = [""], check_reply

    def remembered(said: str, documents: Documents) -> Reply:
        try:
            return checked(said, documents)
        except InvalidReply as reason:
            problems.append(str(reason))
            raise

    globals()["check_reply"] = remembered
    try:
        made = clear(query, documents, corrections)
    finally:
        globals()["check_reply"] = checked
    return Draft(made.reply, made.problem or problems[-1], made.calls)
