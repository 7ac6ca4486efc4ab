"""Takes a refused call for an empty reply, and corrects a model that was never asked."""

CAUGHT_BY = ["test_a_refused_call_is_an_error_with_its_status"]
HINT = 2


honest = complete


def complete(messages: Messages, **settings: Any) -> Completion:
    try:
        return honest(messages, **settings)
    except ProviderFailed:
        return Completion("", Usage(), "stop")
