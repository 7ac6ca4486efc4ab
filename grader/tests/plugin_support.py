"""What the sessions over a tiny course share: a learner's function, checks of it, and short ones."""

from __future__ import annotations

ASK = """
from openai import OpenAI
from grader.models import model

def ask(question, times=1):
    for _ in range(times):
        messages = [{"role": "user", "content": question}]
        reply = OpenAI().chat.completions.create(model=model("fast"), messages=messages)
    return {"answer": reply.choices[0].message.content}
"""
ASKS = '''
@pytest.mark.task(3)
@pytest.mark.cassette("hello")
def test_gives_the_answer(tape):
    """The answer is what the model said."""
    reply = ask("Say something", times=TIMES)

    assert reply["answer"] == tape.steps[0].reply.text
    assert len(tape.calls) == 1
'''

SWALLOWS = """
def ask(question, times):
    try:
        return real(question, times)
    except:
        return {"answer": "Hello there"}
"""


def checks(*needs_and_bodies: tuple[int, list[int], str]) -> str:
    """One check per (task, needs, body); the check of task 1 is test_1."""
    parts = []
    for task, needs, body in needs_and_bodies:
        parts.append(
            f"@pytest.mark.task({task}, needs={needs})\ndef test_{task}():\n    '''It holds.'''\n    {body}\n"
        )
    return "\n".join(parts)
