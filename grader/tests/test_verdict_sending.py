"""A failure about what was sent shows the line that sent it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest

from grader.course import ROOT
from grader.replay.ledger import stack
from grader.verdict.reading import Place
from grader.verdict.sending import of_task, senders

MINE = "mine.py"
ONE, OTHER = (MINE, 7, "ask"), (MINE, 9, "retry")
LIBRARY, CALLER = ("httpx2.py", 1, "send"), (MINE, 20, "solve")


def told(tmp_path, check, *stacks):
    """The lines of the learner's file that are shown for the last statement of a check."""
    file = tmp_path / "test_it.py"
    text = "def test_it(tape):\n" + textwrap.indent(textwrap.dedent(check).strip(), "    ") + "\n"
    file.write_text(text, encoding="utf-8")
    calls = [SimpleNamespace(stack=found) for found in stacks]
    line = len(text.splitlines())
    return [place.line for place in senders(file, line, calls, lambda name: name == MINE)]


@pytest.mark.parametrize(
    "check",
    [
        "assert tape.calls[0].body == {}",
        "assert [call.tier for call in tape.calls] == ['fast']",
        "sent = tape.calls[-1].messages\nassert sent[0]['role'] == 'system'",
        "first, *_ = tape.calls\nbody = first.body\nassert 'stream' not in body",
        "for call in tape.calls:\n    assert call.facts.stream",
    ],
)
def test_what_is_about_calls_is_told_with_the_line_that_made_them(tmp_path, check):
    assert told(tmp_path, check, (LIBRARY, ONE, CALLER)) == [7, 20]


@pytest.mark.parametrize(
    "check",
    [
        "assert reply == 7",
        "sent = 7\nassert sent == reply",
        "tape.calls.clear()\nassert reply == tape.steps[0].reply.text",
        "assert other.calls == []",
    ],
)
def test_what_is_about_something_else_is_not(tmp_path, check):
    assert told(tmp_path, check, (LIBRARY, ONE, CALLER)) == []


def test_the_call_that_the_check_names_is_the_one(tmp_path):
    stacks = (LIBRARY, ONE, CALLER), (LIBRARY, OTHER)

    assert told(tmp_path, "assert tape.calls[1].body == {}", *stacks) == [9]
    assert told(tmp_path, "assert tape.calls[-2].body == {}", *stacks) == [7, 20]


def test_calls_from_several_lines_are_no_one_line(tmp_path):
    stacks = (LIBRARY, ONE), (LIBRARY, OTHER)

    assert told(tmp_path, "assert [call.tier for call in tape.calls] == []", *stacks) == []
    assert told(tmp_path, "assert tape.calls[0].body == tape.calls[1].body", *stacks) == []


def test_without_a_call_there_is_no_line(tmp_path):
    assert told(tmp_path, "assert tape.calls[0].body == {}") == []
    assert told(tmp_path, "assert tape.calls[0].body == {}", (LIBRARY,)) == []


CHECKS = """
@pytest.mark.task(1)
def test_asks(tape):
    assert ask([]) == tape.steps[0].reply.text


@pytest.mark.task(2, needs=[1])
def test_solves(tape):
    solve()
    assert tape.calls[0].tier == "fast"
"""
GIVEN = "def post(body):\n    return client().create(**body)\n"


def places(tmp_path, task, *functions):
    """The functions that can be at fault; `post` is word for word as in the reference, the others are not."""
    mine, reference, checks = (tmp_path / name for name in ("mine.py", "reference.py", "test_mine.py"))
    for file, body in ((mine, "1"), (reference, "2")):
        own = "".join(f"def {name}():\n    return {body}\n" for name in ("ask", "solve", "helper"))
        file.write_text(GIVEN + own, encoding="utf-8")
    checks.write_text(CHECKS, encoding="utf-8")
    found = [Place(str(mine), 1, "", function) for function in functions]
    return [place.function for place in of_task(found, task, reference, checks)]


def test_what_is_given_is_not_at_fault(tmp_path):
    assert places(tmp_path, 1, "post", "ask") == ["ask"]
    assert places(tmp_path, 1, "post") == []


def test_what_another_task_judges_is_not_at_fault(tmp_path):
    assert places(tmp_path, 2, "ask", "solve") == ["solve"]
    assert places(tmp_path, 1, "ask", "solve") == ["ask", "solve"]


def test_a_helper_belongs_to_the_task_that_uses_it(tmp_path):
    assert places(tmp_path, 2, "post", "helper", "solve") == ["helper", "solve"]


def test_a_stack_begins_where_it_is_taken():
    def inner():
        return stack()

    found = inner()

    assert [function for _, _, function in found[:2]] == ["inner", "test_a_stack_begins_where_it_is_taken"]
    assert found[0][0] == __file__


def test_a_learner_sees_the_line_and_the_way_to_it(tmp_path):
    overlay, outcome = tmp_path / "dear.py", tmp_path / "outcome.json"
    overlay.write_text(
        "def reply_to(messages):\n"
        "    return client().chat.completions.create(model=model('smart'), messages=messages)\n\n\n"
        "def ask(messages):\n"
        "    reply = reply_to(messages)\n"
        "    return reply.choices[0].message.content\n",
        encoding="utf-8",
    )

    made = subprocess.run(
        [sys.executable, "-m", "pytest", "exercises/00_start", f"--overlay={overlay}",
         "-k", "asks_the_fast_tier_once", f"--outcome={outcome}"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    [check] = json.loads(outcome.read_text(encoding="utf-8"))["checks"]
    assert check["where"].endswith("dear.py:2")
    assert "through" in made.stdout
    assert "reply = reply_to(messages)" in " ".join(made.stdout.split())
