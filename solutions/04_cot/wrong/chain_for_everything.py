"""Sends every question through the chain: safe, slow, and several times the price."""

CAUGHT_BY = ["test_a_simple_question_skips_the_chain"]
HINT = 8


def answer(question: str) -> Solution:
    return solve(question)
