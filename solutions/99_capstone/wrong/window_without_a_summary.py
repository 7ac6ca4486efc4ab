"""Keeps the last messages and forgets what was computed before."""

CAUGHT_BY = ["test_the_summary_keeps_every_result"]
HINT = 4


whole = history


def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    return whole(question, steps if len(steps) <= SUMMARIZE_AFTER else steps[-KEEP - 1 :])
