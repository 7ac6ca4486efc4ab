"""Forgets that choosing the route was a call as well."""

CAUGHT_BY = ["test_the_classification_is_paid_for"]
HINT = 8


def answer(question: str) -> Solution:
    label, _ = ask(opening(CLASSIFY, question), "fast", "text")
    if label.strip() == "SIMPLE":
        said, spent = ask(opening(DIRECT, question), "fast", "text")
        return Solution(said, [], spent)
    return solve(question)
