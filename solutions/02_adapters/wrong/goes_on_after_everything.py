"""Asks the next provider after any error; a bad request is paid for everywhere, a bad key never noticed."""

CAUGHT_BY = ["test_trouble_of_our_own_goes_to_nobody"]
HINT = 6


def failover(configs: list[Config], messages: Messages) -> Completion:
    reasons = []
    for config in sorted(configs, key=lambda config: config["priority"]):
        try:
            return client_for(config)(messages)
        except ProviderError as reason:
            reasons.append(str(reason))
    raise NobodyAnswered("; ".join(reasons))
