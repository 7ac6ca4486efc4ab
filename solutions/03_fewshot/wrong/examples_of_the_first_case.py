"""Chooses the examples once, for the first contract, and uses them for all."""

CAUGHT_BY = ["test_each_case_has_its_own_examples"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage, dollars = [], Usage(), Decimal(0)
    examples = choose(cases[0]["text"])
    for case in cases:
        if case["text"] in [example["text"] for example in examples]:
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
