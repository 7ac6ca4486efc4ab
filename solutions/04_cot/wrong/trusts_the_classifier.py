"""Looks for SIMPLE anywhere in what the classifier says, and finds it in its doubts."""

CAUGHT_BY = ["test_anything_but_simple_takes_the_chain"]
HINT = 8


def answer(question: str) -> Solution:
    label, spent = ask(opening(CLASSIFY, question), "fast", "text")
    if "SIMPLE" in label:
        said, more = ask(opening(DIRECT, question), "fast", "text")
        return Solution(said, [], spent + more)
    solution = solve(question)
    return replace(solution, usage=spent + solution.usage)
