"""Swallows the error of the hand-off: the customer waits for somebody who never heard of it."""

CAUGHT_BY = ["test_a_hand_off_that_fails_is_not_hidden"]
HINT = 7


def handle(text: str, bank: dict[str, Any], hand_off: Callable[[dict[str, Any]], object]) -> Handled:
    done = route(text, bank)
    if done.tier == "person":
        try:
            hand_off({"query": text, "intent": done.intent, "why": done.why})
        except Exception as reason:
            print(f"hand-off failed: {reason}")
    return done
