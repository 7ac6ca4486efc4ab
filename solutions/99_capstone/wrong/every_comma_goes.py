"""Drops every comma, so that a European 2,5 becomes 25."""

CAUGHT_BY = ["test_what_can_be_read_in_two_ways_is_refused"]
HINT = 1


strict = calculate


def calculate(expression: str) -> str:
    return strict(expression.replace(",", ""))
