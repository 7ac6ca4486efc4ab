"""Gives the reservation back when the reply was no step: the report is right, the budget is not kept."""

CAUGHT_BY = ["test_the_budget_is_never_exceeded"]
HINT = 5

booked = paid_call


def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    spent = budget.spent
    reply = booked(messages, run, ask, budget, watch)
    try:
        read_step(reply)
    except InvalidStep:
        budget.spent = spent
    return reply
