"""Counts the examples and forgets the rest of the prompt: system text, labels and the contract itself."""

CAUGHT_BY = ["test_the_whole_prompt_is_within_the_budget", "test_a_contract_over_the_budget_is_refused"]
HINT = 6


def within(
    text: str, examples: list[Example], labels: list[str], budget: int, count: Callable[[str], int] = tokens
) -> list[Example]:
    kept, used = [], 0
    for example in examples:
        used += count(example["text"]) + count(example["label"])
        if used <= budget:
            kept.append(example)
    return kept
