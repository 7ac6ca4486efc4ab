"""Reports the usage of the last call as that of the run."""

CAUGHT_BY = ["test_the_bill_is_for_all_cases"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage = [], Usage()
    for case in cases:
        examples = choose(case["text"])
        if case["text"] in [example["text"] for example in examples]:
            raise Leak(f"{case['text'][:60]!r} is among its own examples.")
        try:
            verdict = classify(case["text"], examples, labels)
            said, usage = verdict.label, verdict.usage
        except UnknownLabel as reason:
            said, usage = reason.said, reason.usage
        if said != case["label"]:
            wrong.append({**case, "said": said})
    return Report(1 - len(wrong) / len(cases), wrong, usage, cost(usage, model("fast")))
