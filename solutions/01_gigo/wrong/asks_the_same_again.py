"""Asks the same again after a bad reply, without a word about what was wrong with it."""

CAUGHT_BY = ["test_a_bad_reply_goes_back_with_its_error"]
HINT = 6


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    calls, problem = [], ""
    for _ in range(1 + corrections):
        try:
            said, call = ask(answer_messages(query, documents), "smart", "json_object")
            calls.append(call)
            return Draft(check_reply(said, documents), "", calls)
        except (InvalidReply, APIError) as reason:
            problem = str(reason)
    return Draft(None, problem, calls)
