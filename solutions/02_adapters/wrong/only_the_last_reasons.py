"""Keeps the last two reasons; with a third provider the first one's is gone, and that one was to answer."""

CAUGHT_BY = ["test_nobody_is_an_answer_too"]
HINT = 6


def failover(configs: list[Config], messages: Messages) -> Completion:
    reasons = []
    for config in sorted(configs, key=lambda config: config.get("priority", 1)):
        try:
            return client_for(config)(messages)
        except (RateLimited, Overloaded, TimedOut, CutStream) as reason:
            reasons.append(str(reason))
    raise NobodyAnswered("; ".join(reasons[-2:]))
