"""Lets the summary begin at the question, which is then gone."""

CAUGHT_BY = ["test_rules_and_question_stay_where_they_are"]
HINT = 4


whole = history


def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    if len(steps) <= SUMMARIZE_AFTER:
        return whole(question, steps)
    messages = whole(question, steps)
    return [messages[0], said_by("user", messages[2]["content"]), *messages[4:]]
