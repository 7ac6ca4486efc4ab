"""Reserves what a call usually costs, and is surprised by the one that thinks longer."""

CAUGHT_BY = ["test_the_budget_is_never_exceeded"]
HINT = 5


class Budget(Budget):
    def reserve(self, messages: Messages, model_id: str) -> Decimal:
        usual = cost(Usage(sum(len(message["content"]) // 4 for message in messages), 100), model("fast"))
        if self.limit is not None and self.spent + usual > self.limit:
            raise OverBudget(f"{usual} does not fit.")
        self.spent += usual
        return usual
