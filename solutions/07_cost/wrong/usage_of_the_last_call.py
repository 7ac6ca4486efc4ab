"""Shows the tokens of the latest call as those of the run."""

CAUGHT_BY = ["test_totals_accumulate"]
HINT = 2


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    made = useful = 0
    total = Bill()
    for call in calls:
        made, useful = made + 1, useful + call["useful"]
        if call["body"] is not None:
            new = bill([call["body"]])
            total = Bill(total.calls + 1, total.usage + new.usage, total.dollars + new.dollars)
        used = total.usage
        rate = used.cached_tokens / used.input_tokens if used.input_tokens else 0.0
        each = total.dollars / useful if useful else None
        last = usage_of(call["body"]) if call["body"] is not None else Usage()
        yield Totals(made, made - useful, last, total.dollars, rate, each)
