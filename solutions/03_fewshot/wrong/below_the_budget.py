"""Takes a budget for a line that must not be reached: a prompt of exactly that size loses an example."""

CAUGHT_BY = ["test_what_fits_stays"]
HINT = 6


def within(
    text: str, examples: list[Example], labels: list[str], budget: int, count: Callable[[str], int] = tokens
) -> list[Example]:
    def size(chosen: list[Example]) -> int:
        return sum(count(message["content"]) for message in few_shot(text, chosen, labels))

    if size([]) > budget:
        raise OverBudget(f"{size([])} tokens are over the budget of {budget}.")
    kept = []
    for example in examples:
        if size([*kept, example]) < budget:
            kept.append(example)
    return kept
