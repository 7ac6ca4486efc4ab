"""How does a module begin? `grader new 42_answer` makes its files; `grader prove` says what is missing."""

from __future__ import annotations

import argparse
import keyword
import sys
from pathlib import Path

from grader.course import KEY, ROOT, Module, modules

SHAPE = "Use two digits and a name in small letters that can be imported, such as 42_answer."
STARTER = '''"""TODO: say in one sentence what the learner builds.

Grade it: pytest exercises/{key}
"""

from __future__ import annotations

from openai import OpenAI

from grader.models import model


def solve(question: str) -> str:
    """The model's answer to a question."""
    raise NotImplementedError("Task 1: say what to do")
'''
TEST = '''"""Grades {key}."""

from __future__ import annotations

import pytest
from {slug} import solve


@pytest.mark.task(1)
@pytest.mark.cassette("{slug}")
def test_answers_with_what_the_model_said(tape):
    """The answer is what the model said, unchanged."""
    answer = solve("TODO: a question that the script answers")

    assert answer == tape.steps[-1].reply.text
'''
HINTS = """# Hints

## 1. Ask the model

### Level 1
TODO: a nudge, such as the question to ask oneself.

### Level 2
TODO: the way, in words.

### Level 3
TODO: nearly the line.
"""
SCRIPT = """# What the stand-in says while this module is recorded; its fields: grader/provider/script.py
{slug}:
  title: "TODO: the question in a few words"
  turns:
  - say: ["TODO: the answer of voice 1", "TODO: the answer of voice 2, in other words"]
"""
CHAPTER = """# {number} · {title}

TODO: goal, needs and what is out of scope, in three sentences.

## The naive version

TODO: show it failing.

## The idea

TODO: build it.

## Common mistakes

TODO: one line per file in `solutions/{key}/wrong/`.

## Exercises

1. TODO: the task of `solve`, in one sentence.
"""


class BadName(ValueError):
    """A module cannot have this name; the message says the rule and gives an example."""


def files(module: Module) -> dict[Path, str]:
    """The files of a fresh module and their contents."""
    words = {"key": module.key, "slug": module.slug, "number": module.number}
    starter = STARTER.format(**words)
    return {
        module.starter: starter,
        module.test_file: TEST.format(**words),
        module.hints_file: HINTS,
        module.reference: starter,  # unfinished on purpose: `grader prove` says so until it is written
        module.script: SCRIPT.format(**words),
        module.solution / "wrong" / ".gitkeep": "",
        module.chapter: CHAPTER.format(**words, title=module.slug.replace("_", " ").capitalize()),
    }


def checked(key: str, root: Path = ROOT) -> Module:
    """The module that `key` would be. Raises BadName."""
    found = KEY.match(key)
    if not found or keyword.iskeyword(found[2]):
        raise BadName(f"{key!r} cannot be a module's name. {SHAPE}")
    if found[2] in sys.stdlib_module_names or found[2] in ("grader", "openai", "anthropic", "pytest"):
        raise BadName(f"{found[2]!r} is a module that Python code imports already. Choose another name.")
    for known in modules(root):
        if found[1] == known.number:
            raise BadName(f"{known.key} has the number {found[1]} already. Choose another number.")
        if found[2] == known.slug:
            raise BadName(
                f"{known.key} has the name {found[2]!r} already: names are imported. Choose another one."
            )
    module = Module(key, root)
    for path in files(module):
        if path.exists():
            raise BadName(f"{path.relative_to(root)} exists already. Remove it, or choose another name.")
    return module


def make(key: str, root: Path = ROOT) -> Module:
    """Write a fresh module's files. Raises BadName and then writes nothing."""
    module = checked(key, root)
    for path, text in files(module).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return module


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `grader new`."""
    parser.add_argument("key", metavar="NN_NAME", help="two digits and the import name, such as 42_answer")


def run(args: argparse.Namespace) -> int:
    """`grader new`: 0 when made, 2 for a name that cannot be."""
    try:
        module = make(args.key)
    except BadName as reason:
        print(reason, file=sys.stderr)
        return 2
    print(f"{module.key} is begun:")
    for path in files(module):
        print(f"  {path.relative_to(module.root)}")
    print(f"\nWrite solutions/{module.key}/{module.slug}.py first, then: grader record {module.key}")
    print(f"What is still missing: grader prove {module.key}")
    return 0
