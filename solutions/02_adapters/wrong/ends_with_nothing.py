"""Returns nothing when nobody answered; the caller fails one line later, and the reasons are lost."""

CAUGHT_BY = ["test_nobody_is_an_answer_too"]
HINT = 6

failover_or_raise = failover


def failover(configs: list[Config], messages: Messages) -> Completion:
    try:
        return failover_or_raise(configs, messages)
    except NobodyAnswered:
        return None
