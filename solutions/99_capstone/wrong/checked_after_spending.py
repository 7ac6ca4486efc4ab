"""Looks at the budget when the money is gone."""

CAUGHT_BY = ["test_a_call_that_may_cost_too_much_is_not_made", "test_the_budget_is_never_exceeded"]
HINT = 5


class Budget(Budget):
    def reserve(self, messages: Messages, model_id: str) -> Decimal:
        if self.limit is not None and self.spent > self.limit:
            raise OverBudget(f"{self.spent} is more than {self.limit}.")
        return Decimal(0)
