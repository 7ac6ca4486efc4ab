"""Makes a contract fit by sending less of it, in silence: the clause that decides may be gone."""

CAUGHT_BY = ["test_a_contract_over_the_budget_is_refused"]
HINT = 6


def within(
    text: str, examples: list[Example], labels: list[str], budget: int, count: Callable[[str], int] = tokens
) -> list[Example]:
    def size(chosen: list[Example]) -> int:
        return sum(count(message["content"]) for message in few_shot(text[: 4 * budget], chosen, labels))

    kept = []
    for example in examples:
        if size([*kept, example]) <= budget:
            kept.append(example)
    return kept
