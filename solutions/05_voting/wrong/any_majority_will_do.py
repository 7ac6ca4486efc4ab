"""Takes four of seven for an answer: what the layers are there for is decided by one vote."""

CAUGHT_BY = ["test_the_gates_are_at_six_and_five_of_seven", "test_what_nobody_decided_waits_for_a_person"]
HINT = 6

LIKELY = 4
