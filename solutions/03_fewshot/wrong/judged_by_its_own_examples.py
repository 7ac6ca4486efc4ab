"""Lets a contract be judged with itself as an example, and measures copying."""

CAUGHT_BY = ["test_a_case_among_its_examples_is_refused"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage, dollars = [], Usage(), Decimal(0)
    for case in cases:
        examples = [example for example in choose(case["text"]) if example["label"]]
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
