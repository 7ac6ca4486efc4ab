"""Writes the user's question into the system prompt, where a stranger's words get the weight of our own."""

CAUGHT_BY = ["test_every_call_carries_the_question"]
HINT = 4


def opening(prompt: str, question: str) -> Messages:
    return [{"role": "system", "content": f"{prompt}\nThe question: {question}"}]
