"""Takes the share among the replies that name a label, so that refusing to answer does not count as wrong."""

CAUGHT_BY = ["test_an_answer_outside_the_set_is_wrong_and_paid"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage, dollars = [], Usage(), Decimal(0)
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
        dollars += cost(spent, model("fast"))
        if said != case["label"]:
            wrong.append({**case, "said": said})
    right = len(cases) - len(wrong)
    known = right + sum(case["said"] in labels for case in wrong)
    return Report(right / known if known else 0.0, wrong, usage, dollars)
