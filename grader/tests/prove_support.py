"""A tiny course in a temporary folder, on which the proof and the recorder are tried for real."""

from __future__ import annotations

import re
import shutil
import textwrap
from functools import cache
from pathlib import Path

import pytest

from grader.course import ROOT, Module
from grader.record.recorder import record
from grader.record.takes import NotRecorded, Source

KEY = "42_tiny"
PYTEST = re.search(
    r"\[tool\.pytest\.ini_options\].*?(?=\n\[|\Z)", (ROOT / "pyproject.toml").read_text(), re.S
)

REFERENCE = '''
"""Answers with a number that the model is asked for.

Grade it: pytest exercises/42_tiny
"""

from __future__ import annotations

import json

from openai import OpenAI

from grader.models import model


def number(text: str) -> int:
    """The number in a reply such as {"answer": 36}. Raises ValueError for any other reply."""
    found = json.loads(text)
    if "answer" not in found:
        raise ValueError(f"no answer in {text!r}")
    return int(found["answer"])


def solve(question: str) -> int:
    """The model's answer to a question; one that is no number is asked for once more."""
    messages = [{"role": "user", "content": f"{question} Reply as JSON."}]
    for _ in range(2):
        reply = OpenAI().chat.completions.create(
            model=model("fast"), messages=messages, max_completion_tokens=50,
            response_format={"type": "json_object"},
        )
        said = reply.choices[0].message.content
        try:
            return number(said)
        except ValueError as problem:
            messages += [{"role": "assistant", "content": said}]
            messages += [{"role": "user", "content": f"Wrong: {problem}."}]
    raise ValueError("no number")
'''

TEST = '''
"""Grades 42_tiny."""

import pytest
from tiny import number, solve


@pytest.mark.task(1)
def test_reads_the_number():
    """The number comes out of the reply."""
    assert number('{"answer": 7}') == 7


@pytest.mark.task(1)
def test_refuses_a_reply_without_an_answer():
    """A reply without an answer raises ValueError."""
    with pytest.raises(ValueError):
        number('{"thought": "hm"}')


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("plain")
def test_answers_with_what_the_model_said(tape):
    """The answer is the number that the model said."""
    answer = solve("What is 15% of 240?")

    assert answer == tape.steps[-1].reply.json_text()["answer"]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("corrected")
def test_sends_the_bad_reply_back(tape):
    """A bad reply goes back to the model with the second request."""
    solve("What is 10% of 70?")

    assert tape.steps[0].reply.text in [message["content"] for message in tape.calls[1].messages]
'''

SCRIPT = """
plain:
  title: What is 15% of 240
  match: ["15%", "240"]
  turns:
  - say: [{thought: multiply them, answer: 36}, {thought: take the product, answer: 37}]
    first: {error: 429, retry_after: 1}
corrected:
  title: A reply that is asked for again
  turns:
  - say: ['{"thought": "I would rather talk"}', '{"thought": "No, let us chat"}']
  - say: {thought: "seven tenths of ten", answer: 7}
"""

HINTS = "# Hints\n" + "".join(
    f"\n## {n}. {title}\n" + "".join(f"\n### Level {level}\nHint {level}.\n" for level in (1, 2, 3))
    for n, title in ((1, "Read the number"), (2, "Ask until it is one"))
)

CHAPTER = """# 42 · Tiny

Type `grader hint 42_tiny 2` when stuck.

## Exercises

1. Read the number.
2. Ask until it is one.
"""

WRONG = {
    "first_digit": (["test_answers_with_what_the_model_said"], 2, "solve = lambda question: 3\n"),
    "no_refusal": (
        ["test_refuses_a_reply_without_an_answer"], 1,
        "def number(text):\n    return json.loads(text).get('answer', 0)\n",
    ),
    "forgets_the_reply": (
        ["test_sends_the_bad_reply_back"], 2,
        textwrap.dedent('''
        def solve(question):
            for _ in range(2):
                reply = OpenAI().chat.completions.create(
                    model=model("fast"), messages=[{"role": "user", "content": f"{question} Reply as JSON."}],
                    response_format={"type": "json_object"},
                )
                try:
                    return number(reply.choices[0].message.content)
                except ValueError:
                    continue
        '''),
    ),
}  # fmt: skip


def starter(reference: str = REFERENCE) -> str:
    """The reference with the body of each function replaced by its gap."""
    parts = re.split(r"(?m)^(?=def )", reference.strip() + "\n")
    made = [parts[0]]
    for task, part in enumerate(parts[1:], 1):
        head = re.match(r'def .*?:\n    """.*?"""\n', part, re.S)
        made.append(f'{head[0]}    raise NotImplementedError("Task {task}: write it")\n\n\n')
    return "".join(made).rstrip() + "\n"


def tiny(
    root: Path, *, test: str = TEST, reference: str = REFERENCE, script: str = SCRIPT, wrong=None
) -> Module:
    """A small complete module in `root`, without recordings."""
    module = Module(KEY, root)
    files = {
        root / "pyproject.toml": PYTEST[0] + "\n",
        module.starter: starter(reference),
        module.test_file: test,
        module.hints_file: HINTS,
        module.reference: reference,
        module.script: script,
        module.chapter: CHAPTER,
    }
    for path, text in files.items():
        put(path, text)
    for name, (caught_by, hint, body) in (WRONG if wrong is None else wrong).items():
        add_wrong(module, name, caught_by, hint, body)
    return module


def put(path: Path, text: str) -> None:
    """Write a file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.strip() + "\n", encoding="utf-8")


def add_wrong(module: Module, name: str, caught_by: list[str], hint: int, body: str) -> None:
    """Add one wrong solution."""
    head = f'"""Gets it wrong: {name}."""\n\nCAUGHT_BY = {caught_by!r}\nHINT = {hint}\n\n\n'
    put(module.solution / "wrong" / f"{name}.py", head + body.strip())


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@cache
def _recorded(base: Path) -> Path:
    from grader.record.recorder import record
    from grader.record.takes import Source

    record(tiny(base / "tiny"), Source())
    return base / "tiny"


def recorded(factory: pytest.TempPathFactory, root: Path) -> Module:
    """A copy of the tiny course with its recordings; they are made once per session."""
    shutil.copytree(_recorded(factory.getbasetemp()), root, dirs_exist_ok=True)
    return Module(KEY, root)


def change(path: Path, old: str, new: str) -> None:
    """Replace in a file what must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(module: Module, source: Source | None = None) -> str:
    """Why a recording was refused, after making sure that nothing changed."""
    before = snapshot(module.cassettes)
    with pytest.raises(NotRecorded) as found:
        record(module, source or Source())
    assert snapshot(module.cassettes) == before
    assert sorted(p.name for p in module.cassettes.parent.iterdir()) == [module.key]
    return str(found.value)
