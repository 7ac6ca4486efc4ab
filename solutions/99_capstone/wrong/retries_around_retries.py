"""Retries around an SDK that retries: three times three calls against a provider that is down."""

CAUGHT_BY = ["test_an_overloaded_provider_is_not_tried_for_ever"]
HINT = 2


once = ask_anthropic


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Any) -> Completion:
    for attempt in range(3):
        try:
            return once(sdk, body, on_text)
        except Exception:
            if attempt == 2:
                raise
    raise AssertionError
