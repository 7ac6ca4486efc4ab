"""Asks a provider without a priority last; the configuration's default is the first place."""

CAUGHT_BY = ["test_priority_decides_the_order"]
HINT = 6

failover_by_number = failover


def failover(configs: list[Config], messages: Messages) -> Completion:
    return failover_by_number([{"priority": 99, **config} for config in configs], messages)
