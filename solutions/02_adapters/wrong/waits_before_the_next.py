"""Waits after each failure, as between retries; the next provider has not been asked yet."""

CAUGHT_BY = ["test_trouble_of_the_provider_goes_to_the_next[limited]"]
HINT = 6


def failover(configs: list[Config], messages: Messages) -> Completion:
    import time

    reasons = []
    for config in sorted(configs, key=lambda config: config.get("priority", 1)):
        try:
            return client_for(config)(messages)
        except (RateLimited, Overloaded, TimedOut, CutStream) as reason:
            reasons.append(str(reason))
            time.sleep(0.2)
    raise NobodyAnswered("; ".join(reasons))
