"""Asks the same busy provider twice more before the next; meanwhile that one stands idle."""

CAUGHT_BY = ["test_trouble_of_the_provider_goes_to_the_next[limited]"]
HINT = 6


def failover(configs: list[Config], messages: Messages) -> Completion:
    reasons = []
    for config in sorted(configs, key=lambda config: config["priority"]):
        for _ in range(3):
            try:
                return client_for(config)(messages)
            except (RateLimited, Overloaded, TimedOut, CutStream) as reason:
                reasons.append(str(reason))
    raise NobodyAnswered("; ".join(reasons))
