"""Lets every valid reply out, also one that asks for a person or says itself that it is not sure."""

CAUGHT_BY = [
    "test_a_person_gets_the_query_as_it_came[escalates]",
    "test_a_person_gets_the_query_as_it_came[unsure]",
]
HINT = 7


def route(text: str, bank: dict[str, Any]) -> Handled:
    try:
        query = clean(text)
    except Unusable as reason:
        return Handled("refused", str(reason))
    if known := faq_answer(query, bank["faq"]):
        return Handled("faq", known)
    try:
        intent, call = classify(query, list(bank["handbook"]))
    except APIError as reason:
        return Handled("person", HANDED_OVER, why=str(reason))
    found = draft(query, bank["handbook"][intent]) if intent != "OTHER" else Draft(None, "no intent fits", [])
    calls = [call, *found.calls]
    if found.reply is None:
        return Handled("person", HANDED_OVER, intent, calls=calls, why=found.problem)
    return Handled("smart", found.reply.answer, intent, found.reply.citations, calls)
