"""Settles every failure at the worst case: a rate limit uses up the budget of the day."""

CAUGHT_BY = ["test_a_call_that_was_turned_away_is_released", "test_a_connection_that_was_refused_is_released"]
HINT = 7


def free(error: BaseException) -> bool:
    return False
