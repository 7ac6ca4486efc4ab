"""Passes the vendor's own word for the end on, so that the caller has to know every vendor's words."""

CAUGHT_BY = ["test_one_vocabulary_for_every_end", "test_a_message_comes_back_normalized"]
HINT = 4

FINISH = {}
