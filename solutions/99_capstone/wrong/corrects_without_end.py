"""Corrects until it works: a model that never gets the form right is paid for ever."""

CAUGHT_BY = ["test_two_corrections_are_enough"]
HINT = 3


CORRECTIONS = 10**6
