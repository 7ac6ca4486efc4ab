"""Goes on after a status only; a connection that breaks off has none, and the user gets the exception."""

CAUGHT_BY = ["test_trouble_of_the_provider_goes_to_the_next[cut]"]
HINT = 6


def failover(configs: list[Config], messages: Messages) -> Completion:
    reasons = []
    for config in sorted(configs, key=lambda config: config["priority"]):
        try:
            return client_for(config)(messages)
        except (RateLimited, Overloaded, TimedOut) as reason:
            reasons.append(str(reason))
    raise NobodyAnswered("; ".join(reasons))
