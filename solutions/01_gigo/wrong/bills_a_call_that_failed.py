"""Puts the call that nobody answered on the bill, with nothing in it: the day's count is wrong."""

CAUGHT_BY = ["test_a_person_gets_the_query_as_it_came[fast_tier_down]"]
HINT = 7
honest = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    done = honest(text, bank)
    if done.tier == "person" and not done.calls:
        done.calls = [Call("fast", Usage(0, 0), Decimal(0))]
    return done
