"""Lets one odd reply end the whole evaluation, and with it all that was paid for."""

CAUGHT_BY = ["test_an_answer_outside_the_set_is_wrong_and_paid"]
HINT = 7


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    wrong, usage, dollars = [], Usage(), Decimal(0)
    for case in cases:
        examples = choose(case["text"])
        if case["text"] in [example["text"] for example in examples]:
            raise Leak(f"{case['text'][:60]!r} is among its own examples.")
        verdict = classify(case["text"], examples, labels)
        usage += verdict.usage
        dollars += cost(verdict.usage, model("fast"))
        if verdict.label != case["label"]:
            wrong.append({**case, "said": verdict.label})
    return Report(1 - len(wrong) / len(cases), wrong, usage, dollars)
