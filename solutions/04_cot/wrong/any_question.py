"""Asks the model whatever comes in, an empty question and a novel too."""

CAUGHT_BY = ["test_a_question_that_is_none_is_a_422"]
HINT = 7

Question = str
