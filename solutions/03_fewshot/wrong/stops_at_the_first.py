"""Stops at the first example that does not fit, though shorter ones after it would."""

CAUGHT_BY = ["test_a_long_example_makes_room_for_a_short_one"]
HINT = 6


def within(
    text: str, examples: list[Example], labels: list[str], budget: int, count: Callable[[str], int] = tokens
) -> list[Example]:
    def size(chosen: list[Example]) -> int:
        return sum(count(message["content"]) for message in few_shot(text, chosen, labels))

    if size([]) > budget:
        raise OverBudget(f"{size([])} tokens are over the budget of {budget}.")
    for number in range(len(examples)):
        if size(examples[: number + 1]) > budget:
            return examples[:number]
    return examples
