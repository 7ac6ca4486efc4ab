"""Leaves the model's words at the end of the conversation, which Claude refuses to continue."""

CAUGHT_BY = ["test_the_conversation_alternates_and_ends_with_the_user"]
HINT = 3


whole = history


def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    return [m for n, m in enumerate(whole(question, steps)) if n < 2 or m["role"] == "assistant"]
