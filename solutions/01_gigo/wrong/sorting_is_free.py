"""Reports the calls of the smart tier and forgets the one that chose the documents."""

CAUGHT_BY = ["test_a_checked_reply_goes_out", "test_without_an_intent_there_are_no_grounds"]
HINT = 7
whole = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    done = whole(text, bank)
    calls = [call for call in done.calls if call.tier != "fast"]
    return Handled(done.tier, done.answer, done.intent, done.citations, calls, done.why)
