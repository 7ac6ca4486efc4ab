"""Asks the smart tier although no category fits: without documents it can only make something up."""

CAUGHT_BY = ["test_without_an_intent_there_are_no_grounds"]
HINT = 7
narrow = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    done = narrow(text, bank)
    if done.intent != "OTHER":
        return done
    found = draft(clean(text), {})
    return Handled("person", HANDED_OVER, done.intent, calls=[*done.calls, *found.calls], why=found.problem)
