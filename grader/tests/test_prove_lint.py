"""The course lint: a complete module has no finding, and each fault is found in its file with its remedy."""

from __future__ import annotations

import shutil

import pytest

from grader.course import Module
from grader.prove.lint import lint
from grader.prove.lint_files import open_classes, skeleton
from grader.tests.prove_support import add_wrong, put, recorded


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    module = recorded(tmp_path_factory, tmp_path_factory.mktemp("complete"))
    for n in range(5):
        add_wrong(module, f"more_{n}", ["test_reads_the_number"], 1, f"def number(text):\n    return {n}")
    return module


@pytest.fixture
def course(complete, tmp_path):
    shutil.copytree(complete.root, tmp_path, dirs_exist_ok=True)
    return Module(complete.key, tmp_path)


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_complete_module_has_no_finding(course):
    assert [str(finding) for finding in lint(course)] == []


FAULTS = {
    "no starter": (
        lambda m: m.starter.unlink(),
        "exercises/42_tiny/tiny.py: the starter is missing. Write the reference",
    ),
    "no chapter": (
        lambda m: m.chapter.unlink(),
        "course/42_tiny.md: the chapter is missing. Write about 1,000",
    ),
    "no recordings": (
        lambda m: shutil.rmtree(m.cassettes),
        "cassettes/42_tiny: there are no recordings. Run `grader record 42_tiny`.",
    ),
    "syntax": (
        lambda m: put(m.starter, "def solve(:"),
        "exercises/42_tiny/tiny.py:1: it does not parse: invalid syntax. Repair the syntax.",
    ),
    "gap without task": (
        lambda m: change(m.starter, '"Task 1: write it"', '"write it"'),
        "exercises/42_tiny/tiny.py:17: the gap of number names no task. Write `raise NotImplementedError(",
    ),
    "no gap": (
        lambda m: shutil.copy(m.reference, m.starter),
        "exercises/42_tiny/tiny.py: the starter has no gap. Replace the body of each task",
    ),
    "unfinished reference": (
        lambda m: shutil.copy(m.starter, m.reference),
        "solutions/42_tiny/tiny.py:17: number is not finished. The reference is the finished module",
    ),
    "another signature": (
        lambda m: change(m.starter, "def number(text: str)", "def number(text)"),
        "exercises/42_tiny/tiny.py: it differs from the reference outside the tasks' bodies: `-def number",
    ),
    "another docstring": (
        lambda m: change(m.starter, "The model's answer to a question", "The answer"),
        'it differs from the reference outside the tasks\' bodies: `-    """The answer',
    ),
    "another import": (
        lambda m: change(m.reference, "import json\n", "import json\nimport time\n"),
        "outside the tasks' bodies: `+import time`. Make both files the same there",
    ),
    "long reference": (
        lambda m: put(m.reference, m.reference.read_text() + "\n\n" + "# a reason\n" * 150),
        "and a reference has at most 150. Shorten it",
    ),
    "model id": (
        lambda m: change(m.reference, 'model("fast")', '"gpt-6-luna"'),
        "solutions/42_tiny/tiny.py:28: it names the model 'gpt-6-luna'. Ask for a tier",
    ),
    "model id of a vendor's next model": (
        lambda m: put(m.examples / "run.py", 'MODEL = "claude-opus-9"'),
        "course/examples/42_tiny/run.py:1: it names the model 'claude-opus-9'.",
    ),
    "check without task": (
        lambda m: change(m.test_file, "@pytest.mark.task(1)\ndef test_reads", "def test_reads"),
        "exercises/42_tiny/test_tiny.py:7: test_reads_the_number names no task. Add `@pytest.mark.task(1)`.",
    ),
    "check without sentence": (
        lambda m: change(m.test_file, '    """The number comes out of the reply."""\n', ""),
        "test_reads_the_number has no docstring. Write the sentence that the learner reads",
    ),
    "check that cannot fail": (
        lambda m: change(
            m.test_file, "    assert number('{\"answer\": 7}') == 7", "    number('{\"answer\": 7}')"
        ),
        "test_reads_the_number asserts nothing, so it cannot fail. Add an assert.",
    ),
    "check that needs an unknown task": (
        lambda m: change(m.test_file, "needs=[1]", "needs=[3]"),
        "test_answers_with_what_the_model_said needs task 3, which the starter does not have.",
    ),
    "task without hint": (
        lambda m: change(m.hints_file, "## 2. Ask", "## Ask"),
        "exercises/42_tiny/hints.md: task 2 is missing here. Add `## N. Title` with its three levels",
    ),
    "task without exercise": (
        lambda m: change(m.chapter, "2. Ask until it is one.", ""),
        "course/42_tiny.md: task 2 is missing here. Add the numbered item under `## Exercises`",
    ),
    "task without check": (
        lambda m: change(m.test_file, "task(2, needs=[1])", "task(1)"),
        "exercises/42_tiny/test_tiny.py: task 2 is missing here. Add a check marked with the task",
    ),
    "hint without its third level": (
        lambda m: change(m.hints_file, "### Level 3\nHint 3.", ""),
        "task 1 has no text for Level 3.",
    ),
    "few wrong solutions": (
        lambda m: (m.solution / "wrong" / "more_1.py").unlink(),
        "solutions/42_tiny/wrong: there are 7 wrong solutions, and 8 are needed.",
    ),
    "wrong solution without a word": (
        lambda m: change(m.solution / "wrong" / "more_1.py", '"""Gets it wrong: more_1."""', ""),
        "solutions/42_tiny/wrong/more_1.py: it has no docstring. Say the misconception in one sentence.",
    ),
    "wrong solution that names no check": (
        lambda m: change(m.solution / "wrong" / "more_1.py", "CAUGHT_BY", "CAUGHT"),
        'it names no check. Write `CAUGHT_BY = ["test_..."]`.',
    ),
    "wrong solution that names an unknown check": (
        lambda m: change(m.solution / "wrong" / "more_1.py", "test_reads_the_number", "test_reads"),
        "CAUGHT_BY names 'test_reads', which is no check. See test_tiny.py.",
    ),
    "wrong solution with an unknown hint": (
        lambda m: change(m.solution / "wrong" / "more_1.py", "HINT = 1", "HINT = 9"),
        "HINT is 9, which is no task.",
    ),
    "wrong solution that changes nothing": (
        lambda m: change(m.solution / "wrong" / "more_1.py", "def number", "def numbre"),
        "it redefines nothing of the reference, so it is the reference. Define at least one of number",
    ),
    "unknown command": (
        lambda m: change(m.chapter, "grader hint 42_tiny 2", "grader hnit 42_tiny 2"),
        "course/42_tiny.md:3: `grader hnit 42_tiny 2`: grader has no command 'hnit'. Correct the command.",
    ),
    "command with an unknown module": (
        lambda m: change(m.chapter, "grader hint 42_tiny 2", "grader hint 43_tiny 2"),
        "`grader hint 43_tiny 2`: there is no module '43_tiny'.",
    ),
    "command with an unknown task": (
        lambda m: change(m.chapter, "grader hint 42_tiny 2", "grader hint 42_tiny 7"),
        "`grader hint 42_tiny 7`: 42_tiny has no hint for task 7.",
    ),
    "command with an unknown file": (
        lambda m: change(m.chapter, "grader hint 42_tiny 2", "pytest exercises/43_tiny"),
        "`pytest exercises/43_tiny`: there is no exercises/43_tiny.",
    ),
    "command with an unknown check": (
        lambda m: change(
            m.chapter, "grader hint 42_tiny 2", "pytest exercises/42_tiny/test_tiny.py::test_it"
        ),
        "exercises/42_tiny/test_tiny.py has no test_it.",
    ),
    "no grading command": (
        lambda m: [change(p, "Grade it: pytest exercises/42_tiny", "Go") for p in (m.starter, m.reference)],
        "exercises/42_tiny/tiny.py: its docstring does not say how to grade it.",
    ),
    "something left to do": (
        lambda m: change(m.chapter, "## Exercises", "TODO: build the idea.\n\n## Exercises"),
        "course/42_tiny.md:5: `TODO: build the idea.` is still to write.",
    ),
    "recording that is not there": (
        lambda m: change(m.test_file, 'cassette("plain")', 'cassette("plian")'),
        "plays 'plian', which is not recorded. Add 'plian' to solutions/42_tiny/script.yaml and run",
    ),
    "recording that nobody plays": (
        lambda m: shutil.copy(m.cassette("plain"), m.cassette("spare")),
        "cassettes/42_tiny/spare.yaml: no check plays it. Add a check, or remove the recording.",
    ),
    "recording without a scenario": (
        lambda m: change(m.script, "corrected:", "amended:"),
        "solutions/42_tiny/script.yaml has no scenario 'corrected'. Add the scenario",
    ),
    "big recording": (
        lambda m: change(m.cassette("plain"), "multiply them", "multiply them " + "and so on " * 30_000),
        "and a recording has at most 300000. Record fewer or shorter replies.",
    ),
    "header that tells an account": (
        lambda m: change(
            m.cassette("plain"),
            "{content-type: application/json, ",
            "{content-type: application/json, set-cookie: a, ",
        ),
        "cassettes/42_tiny/plain.yaml: the scrubber would change steps[1].response.headers.set-cookie.",
    ),
    "facts by hand": (
        lambda m: change(m.cassette("plain"), "format: json_object}", "format: text}"),
        "step 1 states other facts than its request has (format: 'text', computed 'json_object').",
    ),
    "source left out": (
        lambda m: change(m.cassette("plain"), "reference: sha256:", "by: sha256:"),
        "cassettes/42_tiny/plain.yaml: its head has no `reference`. Run `grader record 42_tiny`",
    ),
    "authored without a reason": (
        lambda m: change(m.cassette("plain"), "source: stand-in", "source: authored"),
        "It was written by hand and gives no reason. Add `reason:` with a sentence.",
    ),
    "facts of another version": (
        lambda m: change(m.cassette("plain"), "facts: 1", "facts: 99"),
        "its facts are of version 99, and the grader's are of 1. Run `grader record 42_tiny`.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_with_file_rule_and_remedy(course, fault):
    make, expected = FAULTS[fault]
    make(course)

    found = [str(finding) for finding in lint(course)]

    assert any(expected in finding for finding in found), "\n".join(found) or "no finding"


def test_a_key_is_found_wherever_it_hides(course):
    # Put together here: this file is read by the same scan.
    key = "sk-" + "ant-" + "a1B2" * 6
    change(course.cassette("plain"), "multiply them", f"multiply {key}")

    found = [str(finding) for finding in lint(course)]

    assert any("plain.yaml:" in finding and "it holds an Anthropic key" in finding for finding in found)


def test_only_the_bodies_of_tasks_may_differ():
    source = '''
import os

def task(a):
    """Says what it does."""
    # a reason
    text = """
at the margin
"""
    return text  # the end

# between
def kept():
    return 1
'''
    expected = [
        "",
        "import os",
        "",
        "def task(a):",
        '    """Says what it does."""',
        "",
        "# between",
        "def kept():",
    ]

    assert skeleton(source, {"task"}) == [*expected, "    return 1"]
    assert skeleton(source, {"task", "kept"}) == expected


def test_a_class_may_be_declared_in_a_task():
    """Its fields are the task; its docstring, and the rules in the comments, are not."""
    head = 'class Form(Base):\n    """What is filled in."""\n\n    # name: not empty\n'
    starter = head + "\n    # Task 1: declare the fields here.\n\n\nLEFT = 1\n"
    reference = head + "\n    name: str\n\n    @check\n    def full(self):\n        ...\n\n\nLEFT = 1\n"

    assert open_classes(starter) == {"Form"}
    assert open_classes(reference) == set()
    assert open_classes(head) == set()
    assert (
        skeleton(starter, {"Form"})
        == skeleton(reference, {"Form"})
        == [*head.splitlines(), *["", "", ""], "LEFT = 1"]
    )
    assert skeleton(starter, set()) != skeleton(reference, set())


def test_a_missing_chapter_does_not_hide_other_findings(course):
    course.chapter.unlink()
    course.hints_file.unlink()
    (course.solution / "wrong" / "more_1.py").unlink()

    found = [str(finding) for finding in lint(course)]

    assert len(found) == 3, "\n".join(found)
