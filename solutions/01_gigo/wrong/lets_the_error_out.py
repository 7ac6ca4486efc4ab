"""Lets the provider's error end the program, and with it the bill and the customer's query."""

CAUGHT_BY = ["test_a_provider_that_fails_ends_the_attempts"]
HINT = 6


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    messages, calls, problem = answer_messages(query, documents), [], ""
    for _ in range(1 + corrections):
        said, call = ask(messages, "smart", "json_object")
        calls.append(call)
        try:
            return Draft(check_reply(said, documents), "", calls)
        except InvalidReply as reason:
            problem = str(reason)
        messages = [*messages, {"role": "assistant", "content": said}, {"role": "user", "content": problem}]
    return Draft(None, problem, calls)
