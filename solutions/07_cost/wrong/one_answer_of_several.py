"""Forgets that `n` answers are paid for `n` times."""

CAUGHT_BY = ["test_every_name_of_the_limit_is_read"]
HINT = 3


def worst_case(request: Body) -> Decimal:
    limit = max(request.get("max_tokens") or 0, request.get("max_completion_tokens") or 0)
    if limit <= 0:
        raise Refused("request", "it limits no output: send max_tokens or max_completion_tokens.")
    sent, made = bound(request), limit
    prices = [cost(Usage(sent, made, 0, written), request["model"]) for written in (0, sent)]
    return max(prices)
