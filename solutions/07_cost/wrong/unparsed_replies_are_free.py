"""Counts the dollars of the useful answers only: what could not be parsed was paid for."""

CAUGHT_BY = ["test_useless_answers_make_useful_ones_dearer", "test_nothing_is_divided_by_zero"]
HINT = 2


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    made = useful = 0
    total = Bill()
    for call in calls:
        made, useful = made + 1, useful + call["useful"]
        if call["body"] is not None and call["useful"]:
            new = bill([call["body"]])
            total = Bill(total.calls + 1, total.usage + new.usage, total.dollars + new.dollars)
        used = total.usage
        rate = used.cached_tokens / used.input_tokens if used.input_tokens else 0.0
        each = total.dollars / useful if useful else None
        yield Totals(made, made - useful, used, total.dollars, rate, each)
