"""Hands a failed draft over without its intent: it was paid for, and the person sorts again."""

CAUGHT_BY = ["test_a_person_gets_the_query_as_it_came[never_valid]"]
HINT = 7
sorted_by = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    done = sorted_by(text, bank)
    if done.tier == "person" and done.intent != "OTHER":
        done.intent = None
    return done
