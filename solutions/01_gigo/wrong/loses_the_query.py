"""Tells the customer that somebody will come, and tells nobody."""

CAUGHT_BY = ["test_a_person_gets_the_query_as_it_came", "test_a_hand_off_that_fails_is_not_hidden"]
HINT = 7


def handle(text: str, bank: dict[str, Any], hand_off: Callable[[dict[str, Any]], object]) -> Handled:
    return route(text, bank)
