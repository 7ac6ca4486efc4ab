"""Hands over what cannot be worked on: people open tickets in which nothing is written."""

CAUGHT_BY = ["test_what_is_unusable_costs_nothing"]
HINT = 7
sorted_out = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    done = sorted_out(text, bank)
    return Handled("person", HANDED_OVER, why=done.answer) if done.tier == "refused" else done
