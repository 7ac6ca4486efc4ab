"""Reports the short answer only: on the simple route the classification is free."""

CAUGHT_BY = ["test_the_classification_is_paid_for"]
HINT = 8


def answer(question: str) -> Solution:
    label, spent = ask(opening(CLASSIFY, question), "fast", "text")
    if label.strip() == "SIMPLE":
        said, more = ask(opening(DIRECT, question), "fast", "text")
        return Solution(said, [], more)
    solution = solve(question)
    return replace(solution, usage=spent + solution.usage)
