"""Takes for granted that there are examples, and fails without any."""

CAUGHT_BY = ["test_the_contract_comes_last[0]"]
HINT = 1


def few_shot(text: str, examples: list[Example], labels: list[str]) -> Messages:
    first, *others = examples
    messages = [{"role": "system", "content": SYSTEM.format(labels=", ".join(labels))}]
    for example in [first, *others]:
        messages.append({"role": "user", "content": example["text"]})
        messages.append({"role": "assistant", "content": example["label"]})
    return [*messages, {"role": "user", "content": text}]
