"""Prices all tokens at once, so that many short prompts are billed as one long prompt."""

CAUGHT_BY = ["test_each_call_has_its_own_price"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage = [], Usage()
    for case in cases:
        examples = choose(case["text"])
        if case["text"] in [example["text"] for example in examples]:
            raise Leak(f"{case['text'][:60]!r} is among its own examples.")
        try:
            verdict = classify(case["text"], examples, labels)
            said, spent = verdict.label, verdict.usage
        except UnknownLabel as reason:
            said, spent = reason.said, reason.usage
        usage += spent
        if said != case["label"]:
            wrong.append({**case, "said": said})
    return Report(1 - len(wrong) / len(cases), wrong, usage, cost(usage, model("fast")))
