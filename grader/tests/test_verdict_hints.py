"""Hints: parsed from hints.md, one level further each time, clear about a malformed file."""

from __future__ import annotations

import pytest

from grader.course import Module
from grader.verdict import hints
from grader.verdict.hints import BadHints, hint, next_hint, parse, titles

GOOD = """
## 1. Double it
### Level 1
Look at the operator.

```python
## not a heading
```
### Level 2
Use `*`.
### Level 3
`return n * 2`
## 2. Stop
### Level 1
a
### Level 2
b
### Level 3
c
"""


@pytest.fixture
def module(tmp_path):
    found = Module("42_demo", tmp_path)
    found.exercise.mkdir(parents=True)
    found.hints_file.write_text(GOOD)
    return found


def test_tasks_have_titles_and_three_levels(module):
    """A fenced block may hold anything."""
    tasks = parse(module.hints_file)

    assert titles(module) == {1: "Double it", 2: "Stop"}
    assert "## not a heading" in tasks[1].levels[1]
    assert tasks[2].levels == {1: "a", 2: "b", 3: "c"}


def test_asking_again_goes_one_level_further(module):
    """One, two, three, and three again; another task begins at one."""
    assert [next_hint(module, 1).level for _ in range(4)] == [1, 2, 3, 3]
    assert next_hint(module, 2).level == 1
    assert next_hint(module, 1).last


def test_showing_a_level_does_not_use_it_up(module):
    """`hint` is for looking back."""
    assert hint(module, 1, 3).text == "`return n * 2`"
    assert next_hint(module, 1).level == 1


def test_an_unreadable_memory_begins_again(module):
    """A broken state file is no reason to refuse a hint."""
    state = module.root / ".grader"
    state.mkdir()
    for text in ("not json", "[]", '{"42_demo/1": "two"}'):
        (state / "hints.json").write_text(text)
        assert next_hint(module, 1).level == 1


def test_an_unknown_task_names_those_that_there_are(module):
    """The message is the remedy."""
    with pytest.raises(LookupError, match=r"42_demo has no task 9\. Its tasks: 1, 2"):
        next_hint(module, 9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no task"),
        ("## Double it\n", "hints.md:1: '## Double it' is not the heading of a task"),
        ("## 1. A\n### Level 1\nx\n### Level 2\ny\n", "task 1 has no text for Level 3"),
        ("## 1. A\n### Level 2\nx\n", "hints.md:2: Level 2 is out of order"),
        ("## 1. A\n### Level 4\nx\n", "hints.md:2: '### Level 4' is not a level"),
        ("### Level 1\n", "hints.md:1: this level belongs to no task"),
        ("## 1. A\nlost\n", "hints.md:2: text between a task and its Level 1"),
        (GOOD + "## 2. Again\n", "task 2 has a heading already"),
        ("## 1. A\n### Level 1\n\n### Level 2\ny\n### Level 3\nz\n", "task 1 has no text for Level 1"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(module, text, complaint):
    """The message names the file and the line, and shows the form."""
    module.hints_file.write_text(text)

    with pytest.raises(BadHints) as error:
        parse(module.hints_file)
    assert complaint in str(error.value)
    assert hints.FORM in str(error.value) or "Write" in str(error.value) or "Number" in str(error.value)


def test_a_missing_file_is_told_and_spoils_no_report(module):
    """A report without titles is better than none."""
    module.hints_file.unlink()

    with pytest.raises(BadHints, match="cannot be read"):
        next_hint(module, 1)
    assert titles(module) == {}
