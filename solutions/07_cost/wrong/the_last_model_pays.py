"""Prices all tokens at the model of the latest call."""

CAUGHT_BY = ["test_each_call_is_priced_at_its_own_model"]
HINT = 2


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    made = useful = 0
    total = Bill()
    for call in calls:
        made, useful = made + 1, useful + call["useful"]
        if call["body"] is not None:
            new = bill([call["body"]])
            usage = total.usage + new.usage
            total = Bill(total.calls + 1, usage, cost(usage, call["body"]["model"]))
        used = total.usage
        rate = used.cached_tokens / used.input_tokens if used.input_tokens else 0.0
        each = total.dollars / useful if useful else None
        yield Totals(made, made - useful, used, total.dollars, rate, each)
