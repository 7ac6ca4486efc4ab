"""Forgets a call whose stream broke off, because nobody reported its tokens."""

CAUGHT_BY = ["test_a_step_whose_stream_was_cut_is_asked_for_again"]
HINT = 3


booked = paid_call


def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    reply = booked(messages, run, ask, budget, watch)
    run.uncounted = 0
    return reply
