"""Hands over what the cleaning left, not what the customer wrote."""

CAUGHT_BY = ["test_a_person_gets_the_query_as_it_came"]
HINT = 7


def handle(text: str, bank: dict[str, Any], hand_off: Callable[[dict[str, Any]], object]) -> Handled:
    done = route(text, bank)
    if done.tier == "person":
        hand_off({"query": clean(text), "intent": done.intent, "why": done.why})
    return done
