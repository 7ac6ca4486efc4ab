"""Looks for case and label among the examples: under another label the same contract gets through."""

CAUGHT_BY = ["test_a_case_among_its_examples_is_refused"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage, dollars = [], Usage(), Decimal(0)
    for case in cases:
        examples = choose(case["text"])
        if any(example == case for example in examples):
            raise Leak(f"{case['text'][:60]!r} is among its own examples.")
        try:
            verdict = classify(case["text"], examples, labels)
            said, spent = verdict.label, verdict.usage
        except UnknownLabel as reason:
            said, spent = reason.said, reason.usage
        usage += spent
        dollars += cost(spent, model("fast"))
        if said != case["label"]:
            wrong.append({**case, "said": said})
    return Report(1 - len(wrong) / len(cases), wrong, usage, dollars)
