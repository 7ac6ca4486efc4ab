"""Trusts the first word of the classifier and ignores the doubt after it."""

CAUGHT_BY = ["test_anything_but_simple_takes_the_chain"]
HINT = 8


def answer(question: str) -> Solution:
    label, spent = ask(opening(CLASSIFY, question), "fast", "text")
    if (label.split() or [""])[0] == "SIMPLE":
        said, more = ask(opening(DIRECT, question), "fast", "text")
        return Solution(said, [], spent + more)
    solution = solve(question)
    return replace(solution, usage=spent + solution.usage)
