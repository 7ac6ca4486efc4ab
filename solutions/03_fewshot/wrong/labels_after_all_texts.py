"""Lists the texts, then the labels: the model has to guess which belongs to which."""

CAUGHT_BY = ["test_each_example_is_followed_by_its_own_label"]
HINT = 1


def few_shot(text: str, examples: list[Example], labels: list[str]) -> Messages:
    texts = "\n".join(example["text"] for example in examples)
    given = ", ".join(example["label"] for example in examples)
    system = f"{SYSTEM.format(labels=', '.join(labels))}\n\nExamples:\n{texts}\nTheir categories: {given}"
    return [{"role": "system", "content": system}, {"role": "user", "content": text}]
