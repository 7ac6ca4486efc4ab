"""Shows the hit rate of the latest call: every call overwrites it."""

CAUGHT_BY = ["test_the_hit_rate_is_a_ratio_of_sums"]
HINT = 2


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    made = useful = 0
    rate = 0.0
    total = Bill()
    for call in calls:
        made, useful = made + 1, useful + call["useful"]
        if call["body"] is not None:
            new = bill([call["body"]])
            total = Bill(total.calls + 1, total.usage + new.usage, total.dollars + new.dollars)
        used = total.usage
        if call["body"] is not None and new.usage.input_tokens:
            rate = new.usage.cached_tokens / new.usage.input_tokens
        each = total.dollars / useful if useful else None
        yield Totals(made, made - useful, used, total.dollars, rate, each)
