"""Sends everything every time: the last call of a long chain costs more than the first five."""

CAUGHT_BY = ["test_only_old_steps_fold_and_into_one_message", "test_a_long_chain_is_sent_short"]
HINT = 4


SUMMARIZE_AFTER = 10**6
