"""Says who failed and not why; whoever reads the log must ask all of them again to learn it."""

CAUGHT_BY = ["test_nobody_is_an_answer_too"]
HINT = 6

failover_with_reasons = failover


def failover(configs: list[Config], messages: Messages) -> Completion:
    try:
        return failover_with_reasons(configs, messages)
    except NobodyAnswered:
        ranked = sorted(configs, key=lambda config: config.get("priority", 1))
        raise NobodyAnswered(", ".join(config["provider"] for config in ranked)) from None
