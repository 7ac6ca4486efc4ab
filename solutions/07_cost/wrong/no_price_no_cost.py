"""Reserves nothing for a model whose price it does not know."""

CAUGHT_BY = ["test_an_unknown_price_has_no_worst_case"]
HINT = 3


def worst_case(request: Body) -> Decimal:
    limit = max(request.get("max_tokens") or 0, request.get("max_completion_tokens") or 0)
    if limit <= 0:
        raise Refused("request", "it limits no output: send max_tokens or max_completion_tokens.")
    sent, made = bound(request), limit * (request.get("n") or 1)
    try:
        cost(Usage(sent, made), request["model"])
    except UnknownPrice:
        return Decimal(0)
    prices = [cost(Usage(sent, made, 0, written), request["model"]) for written in (0, sent)]
    return max(prices)
