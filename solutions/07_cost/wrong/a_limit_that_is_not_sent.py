"""Assumes a usual limit where the request has none: the model does not know of it."""

CAUGHT_BY = ["test_an_output_without_a_limit_is_refused"]
HINT = 3


def worst_case(request: Body) -> Decimal:
    limit = max(request.get("max_tokens") or 0, request.get("max_completion_tokens") or 0)
    if limit <= 0:
        limit = 1000
    sent, made = bound(request), limit * (request.get("n") or 1)
    prices = [cost(Usage(sent, made, 0, written), request["model"]) for written in (0, sent)]
    return max(prices)
