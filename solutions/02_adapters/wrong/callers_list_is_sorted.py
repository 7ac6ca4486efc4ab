"""Sorts the list that it was given; the caller's next loop over it runs in another order."""

CAUGHT_BY = ["test_priority_decides_the_order"]
HINT = 6

failover_unsorted = failover


def failover(configs: list[Config], messages: Messages) -> Completion:
    configs.sort(key=lambda config: config.get("priority", 1))
    return failover_unsorted(configs, messages)
