"""Never gives back what a call did not cost, and stops with most of the budget unspent."""

CAUGHT_BY = ["test_what_a_call_did_not_cost_comes_back"]
HINT = 5


class Budget(Budget):
    def settle(self, reserved: Decimal, actual: Decimal) -> None:
        pass
