"""Leaves the calls out that have no price, and shows the rest as the total."""

CAUGHT_BY = ["test_totals_are_never_priced_in_part"]
HINT = 2


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    made = useful = 0
    total = Bill()
    for call in calls:
        made, useful = made + 1, useful + call["useful"]
        if call["body"] is not None:
            try:
                new = bill([call["body"]])
            except UnknownPrice:
                new = Bill()
            total = Bill(total.calls + 1, total.usage + new.usage, total.dollars + new.dollars)
        used = total.usage
        rate = used.cached_tokens / used.input_tokens if used.input_tokens else 0.0
        each = total.dollars / useful if useful else None
        yield Totals(made, made - useful, used, total.dollars, rate, each)
