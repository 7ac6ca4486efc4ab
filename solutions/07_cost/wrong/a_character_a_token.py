"""Counts characters: one character of many scripts is more than one token."""

CAUGHT_BY = ["test_the_worst_case_is_all_input_and_the_whole_limit"]
HINT = 3


def worst_case(request: Body) -> Decimal:
    limit = max(request.get("max_tokens") or 0, request.get("max_completion_tokens") or 0)
    if limit <= 0:
        raise Refused("request", "it limits no output: send max_tokens or max_completion_tokens.")
    sent, made = len(str(request)), limit * (request.get("n") or 1)
    prices = [cost(Usage(sent, made, 0, written), request["model"]) for written in (0, sent)]
    return max(prices)
