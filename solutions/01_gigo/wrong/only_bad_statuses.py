"""Expects a provider that answers with an error, and not one that hangs up: there is no status then."""

from openai import APIStatusError

CAUGHT_BY = ["test_a_provider_that_fails_ends_the_attempts"]
HINT = 6


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    messages, calls, problem = answer_messages(query, documents), [], ""
    for _ in range(1 + corrections):
        try:
            said, call = ask(messages, "smart", "json_object")
            calls.append(call)
            return Draft(check_reply(said, documents), "", calls)
        except APIStatusError as reason:
            return Draft(None, f"the smart tier failed: {reason}", calls)
        except InvalidReply as reason:
            problem = str(reason)
        messages = [*messages, {"role": "assistant", "content": said}, {"role": "user", "content": problem}]
    return Draft(None, problem, calls)
