"""Progress: what the last verdicts say, and which command comes next."""

from __future__ import annotations

import argparse

import pytest

from grader import course
from grader.learn import hint, progress
from grader.verdict.outcome import FAILED, PASSED, Check, Outcome, Task, save_progress

HINTS = "".join(
    f"## {n}. Do thing {n}\n" + "".join(f"\n### Level {k}\n\nHint {k} of {n}.\n" for k in (1, 2, 3)) + "\n"
    for n in (1, 2)
)


@pytest.fixture
def two_modules(tmp_path, monkeypatch):
    """A course of two modules with two tasks each; the learner's state is kept in `tmp_path`."""
    for key in ("04_cot", "42_answer"):
        folder = tmp_path / "exercises" / key
        folder.mkdir(parents=True)
        (folder / f"test_{key[3:]}.py").write_text("")
        (folder / "hints.md").write_text(HINTS)
    for name in ("modules", "module", "state_folder"):
        original = getattr(course, name)
        monkeypatch.setattr(
            course, name, lambda *a, f=original: f(*a[: 1 if f.__name__ == "module" else 0], tmp_path)
        )
    monkeypatch.setattr(progress, "load_progress", lambda: load(tmp_path))
    monkeypatch.setattr(course, "ROOT", tmp_path)
    return tmp_path


def load(root):
    from grader.verdict.outcome import load_progress

    return load_progress(root)


def verdict(key, *states, hint_task=None):
    checks = [Check(f"t{n}", f"test_{n}", n, state=state) for n, state in enumerate(states, 1)]
    tasks = [Task(n, f"Do thing {n}", s, int(s == PASSED), 1) for n, s in enumerate(states, 1)]
    return Outcome(key, checks=checks, tasks=tasks, hint_task=hint_task)


def listing(capsys, **options):
    code = progress.run(argparse.Namespace(**{"next": False, **options}))
    assert code == 0
    return capsys.readouterr().out


def test_before_any_verdict_everything_is_not_started(two_modules, capsys):
    printed = listing(capsys)

    assert printed.count("not started") == 2
    assert printed.endswith("next: pytest exercises/04_cot\n")


def test_a_half_done_module_shows_its_tasks_and_stays_next(two_modules, capsys):
    save_progress(verdict("04_cot", PASSED, FAILED), two_modules)

    printed = listing(capsys)

    assert "#.        1 of 2 checks" in printed
    assert printed.endswith("next: pytest exercises/04_cot\n")


def test_a_done_module_makes_the_following_one_next(two_modules, capsys):
    save_progress(verdict("04_cot", PASSED, PASSED), two_modules)

    assert listing(capsys, next=True) == "next: pytest exercises/42_answer\n"


def test_when_all_is_done_it_says_so(two_modules, capsys):
    for key in ("04_cot", "42_answer"):
        save_progress(verdict(key, PASSED, PASSED), two_modules)

    assert listing(capsys).endswith("Every module passes.\n")


def test_no_line_is_wider_than_a_terminal(two_modules, capsys):
    chapter = two_modules / "course" / "04_cot.md"
    chapter.parent.mkdir()
    chapter.write_text("# 04 · " + "A very long title " * 8 + "\n")

    assert max(map(len, listing(capsys).splitlines())) <= 80


def test_asking_for_a_hint_again_goes_one_level_further(two_modules, capsys, monkeypatch):
    monkeypatch.setattr("grader.verdict.hints.state_folder", lambda root: two_modules / "state")
    ask = argparse.Namespace(module="04_cot", task=2, level=None)

    said = [(hint.run(ask), capsys.readouterr().out)[1] for _ in range(4)]

    assert ["Hint 1 of 2." in said[0], "Hint 2 of 2." in said[1], "Hint 3 of 2." in said[2]] == [True] * 3
    assert "Hint 3 of 2." in said[3]
    assert "more: grader hint 04_cot 2" in said[0]
    assert "last hint" in said[2]


def test_a_hint_without_a_task_is_for_the_task_the_verdict_recommends(two_modules, capsys, monkeypatch):
    monkeypatch.setattr("grader.verdict.hints.state_folder", lambda root: two_modules / "state")
    save_progress(verdict("04_cot", PASSED, FAILED, hint_task=2), two_modules)

    assert hint.run(argparse.Namespace(module="04_cot", task=None, level=None)) == 0
    assert "Task 2 · hint 1 of 3" in capsys.readouterr().out


def test_a_done_module_needs_no_hint(two_modules, capsys):
    save_progress(verdict("04_cot", PASSED, PASSED), two_modules)

    assert hint.run(argparse.Namespace(module="04_cot", task=None, level=None)) == 0
    assert "All tasks of 04_cot pass." in capsys.readouterr().out


def test_a_task_that_does_not_exist_names_those_that_do(two_modules, capsys):
    assert hint.run(argparse.Namespace(module="04_cot", task=9, level=None)) == 2
    assert "04_cot has no task 9. Its tasks: 1, 2." in capsys.readouterr().err
