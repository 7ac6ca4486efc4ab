"""Takes an unknown price for no price."""

CAUGHT_BY = ["test_an_unknown_price_fits_no_budget"]
HINT = 5


known = price


def price(usage: Usage, model_id: str) -> Decimal | None:
    return known(usage, model_id) or Decimal(0)
