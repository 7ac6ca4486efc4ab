"""Averages the hit rates of the calls, so that a call of ten tokens counts like one of ten thousand."""

CAUGHT_BY = ["test_the_hit_rate_is_a_ratio_of_sums"]
HINT = 2


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    made = useful = 0
    rates = []
    total = Bill()
    for call in calls:
        made, useful = made + 1, useful + call["useful"]
        if call["body"] is not None:
            new = bill([call["body"]])
            total = Bill(total.calls + 1, total.usage + new.usage, total.dollars + new.dollars)
        used = total.usage
        if call["body"] is not None and new.usage.input_tokens:
            rates.append(new.usage.cached_tokens / new.usage.input_tokens)
        rate = sum(rates) / len(rates) if rates else 0.0
        each = total.dollars / useful if useful else None
        yield Totals(made, made - useful, used, total.dollars, rate, each)
