"""Asks in the order of the list and ignores `priority`; a sorted file of names decides who is paid."""

CAUGHT_BY = ["test_priority_decides_the_order"]
HINT = 6


def failover(configs: list[Config], messages: Messages) -> Completion:
    reasons = []
    for config in configs:
        try:
            return client_for(config)(messages)
        except (RateLimited, Overloaded, TimedOut, CutStream) as reason:
            reasons.append(str(reason))
    raise NobodyAnswered("; ".join(reasons))
