"""Hands over a reply that is exactly as sure as it has to be: people answer what was answered."""

CAUGHT_BY = ["test_a_checked_reply_goes_out[account]"]
HINT = 7
SURE = 0.61
