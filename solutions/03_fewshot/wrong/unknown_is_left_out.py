"""Skips the cases that brought no label, so that refusing to answer makes a model look better."""

CAUGHT_BY = ["test_an_answer_outside_the_set_is_wrong_and_paid"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage, dollars, judged = [], Usage(), Decimal(0), 0
    for case in cases:
        examples = choose(case["text"])
        if case["text"] in [example["text"] for example in examples]:
            raise Leak(f"{case['text'][:60]!r} is among its own examples.")
        try:
            verdict = classify(case["text"], examples, labels)
        except UnknownLabel:
            continue
        judged += 1
        usage += verdict.usage
        dollars += cost(verdict.usage, model("fast"))
        if verdict.label != case["label"]:
            wrong.append({**case, "said": verdict.label})
    return Report(1 - len(wrong) / judged, wrong, usage, dollars)
