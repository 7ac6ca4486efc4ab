"""Gives the same reason to every case: the person has to find out again what the code already knew."""

CAUGHT_BY = ["test_the_reason_says_what_it_was"]
HINT = 7
precise = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    done = precise(text, bank)
    done.why = done.why and "a person is needed"
    return done
