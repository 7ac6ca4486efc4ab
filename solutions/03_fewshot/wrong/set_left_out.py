"""Trusts the model to know the categories, and never says which ones there are."""

CAUGHT_BY = ["test_the_closed_set_is_in_the_prompt"]
HINT = 1

SYSTEM = "You classify contracts. Reply with the category and nothing else."
