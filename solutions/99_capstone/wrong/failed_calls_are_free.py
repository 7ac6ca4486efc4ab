"""Counts a call only when its reply was a step, although every reply is billed."""

CAUGHT_BY = ["test_usage_and_cost_are_the_sum_of_all_calls"]
HINT = 3

counting = paid_call


def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    before = run.usage, run.cost_usd
    reply = counting(messages, run, ask, budget, watch)
    try:
        read_step(reply)
    except InvalidStep:
        run.usage, run.cost_usd = before
    return reply
