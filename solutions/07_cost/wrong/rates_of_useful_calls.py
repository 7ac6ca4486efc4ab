"""Counts the tokens of the useful calls only: the cache was read by the others too."""

CAUGHT_BY = ["test_the_hit_rate_is_a_ratio_of_sums"]
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
        rate = used.cached_tokens / used.input_tokens if call["useful"] and used.input_tokens else 0.0
        each = total.dollars / useful if useful else None
        yield Totals(made, made - useful, used, total.dollars, rate, each)
