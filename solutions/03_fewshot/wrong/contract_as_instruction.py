"""Pastes the contract into the system prompt, where its sentences count as orders."""

CAUGHT_BY = ["test_the_contract_is_no_instruction", "test_the_contract_comes_last"]
HINT = 1


def few_shot(text: str, examples: list[Example], labels: list[str]) -> Messages:
    messages = []
    for example in examples:
        messages.append({"role": "user", "content": example["text"]})
        messages.append({"role": "assistant", "content": example["label"]})
    system = f"{SYSTEM.format(labels=', '.join(labels))}\n\nThe contract: {text}"
    return [{"role": "system", "content": system}, *messages, {"role": "user", "content": "The category?"}]
