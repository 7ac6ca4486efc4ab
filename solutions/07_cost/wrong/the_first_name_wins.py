"""Takes max_tokens where it is set, though the other limit is greater."""

CAUGHT_BY = ["test_every_name_of_the_limit_is_read"]
HINT = 3


def worst_case(request: Body) -> Decimal:
    limit = request.get("max_tokens") or request.get("max_completion_tokens") or 0
    if limit <= 0:
        raise Refused("request", "it limits no output: send max_tokens or max_completion_tokens.")
    sent, made = bound(request), limit * (request.get("n") or 1)
    prices = [cost(Usage(sent, made, 0, written), request["model"]) for written in (0, sent)]
    return max(prices)
