"""Reports the usage of the last call as the run"s."""

CAUGHT_BY = ["test_usage_and_cost_are_the_sum_of_all_calls"]
HINT = 3


summing = paid_call


def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    run.usage, run.cost_usd = Usage(), Decimal(0)
    return summing(messages, run, ask, budget, watch)
