"""`grader grade FOLDER`: which submissions there are, what the table says, what the JSON holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader import cli
from grader.course import Module
from grader.grade import cohort, sandbox
from grader.grade.cohort import Grade, submissions, table
from grader.grade.desk import Desk
from grader.tests.grade_support import FILES, course, submission
from grader.verdict.outcome import Check, Outcome

HONEST = (FILES / "reply.py").read_text(encoding="utf-8")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """The command's course is the small one."""
    small = course(tmp_path / "course")
    monkeypatch.setattr(cohort, "modules", lambda: [small, Module("43_other", small.root)])
    monkeypatch.setattr(cohort, "module", lambda name: {"42_reply": small}[name])
    return small


def test_a_folder_of_submissions_is_graded(
    module: Module, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each, what it lacks below, at 80 columns; the JSON holds every check."""
    folder, told = tmp_path / "handed_in", tmp_path / "told.json"
    submission(folder / "ada", HONEST)
    submission(folder / "bob", HONEST.replace("int(found[-1])", "int(found[0])"))
    submission(folder / "eve" / "reply", HONEST, "__init__.py")
    submission(folder / ".git", HONEST)
    (folder / "notes.txt").write_text("not a submission")

    assert cli.main(["grade", str(folder), "--json", str(told), "--jobs", "2"]) == 0

    text = capsys.readouterr().out
    assert " ".join(text.split()).startswith(sandbox.words())
    assert all(len(line) <= 80 for line in text.splitlines())
    ada, bob, eve = (
        next(line for line in text.splitlines() if name in line) for name in ("ada", "bob", "eve")
    )
    assert "7 of 7" in ada
    assert "6 of 7" in bob
    assert "7 of 7" in eve
    assert "test_reads_the_last_number" in text
    assert "2 of 3 submissions passed every check" in text
    found = json.loads(told.read_text())
    assert (found["module"], found["sandbox"]) == ("42_reply", sandbox.words())
    assert [(one["name"], one["passed"], one["total"]) for one in found["submissions"]] == [
        ("ada", 7, 7), ("bob", 6, 7), ("eve", 7, 7),
    ]  # fmt: skip
    assert found["submissions"][1]["score"] == pytest.approx(6 / 7, abs=1e-4)
    assert found["submissions"][1]["checks"]["42_reply::test_reads_the_last_number"] == "failed"


def test_a_single_submission_is_graded(
    module: Module, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder itself, when the graded file is in it; the module is known by that file or said."""
    folder = submission(tmp_path / "ada", HONEST)

    assert cli.main(["grade", str(folder), "--module", "42_reply"]) == 0
    assert "1 of 1 submission passed every check" in capsys.readouterr().out
    assert submissions(folder, module) == [folder]


def test_what_cannot_be_graded_is_said(
    module: Module, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No submissions, no folder, no module: exit code 2, with the remedy."""
    (tmp_path / "empty").mkdir()
    submission(tmp_path / "unclear" / "ada", HONEST)
    submission(tmp_path / "unclear" / "ada", "", "other.py")

    assert cli.main(["grade", str(tmp_path / "empty"), "--module", "42_reply"]) == 2
    assert "A submission is a folder with reply.py in it" in capsys.readouterr().err
    assert cli.main(["grade", str(tmp_path / "nowhere"), "--module", "42_reply"]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert cli.main(["grade", str(tmp_path / "unclear")]) == 2
    assert "Say --module with one of: 42_reply, 43_other" in capsys.readouterr().err


def test_a_submission_without_the_file_scores_nothing(module: Module, tmp_path: Path) -> None:
    """It is listed all the same, among those that have it."""
    submission(tmp_path / "all" / "ada", HONEST)
    submission(tmp_path / "all" / "bob", HONEST, "Reply.py.txt")

    found = submissions(tmp_path / "all", module)
    ada, bob = cohort.grade_all(module, found, [], 2)

    assert (ada.passed, bob.passed) == (7, 0)
    assert "bob has no reply.py" in bob.trouble()


def test_grading_nothing_is_an_error(module: Module, tmp_path: Path) -> None:
    """A test file without checks gives no marks, and no silence."""
    module.test_file.write_text('"""Grades nothing."""\n')
    (grade,) = cohort.grade_all(module, [submission(tmp_path / "ada", HONEST)], [], 1)

    assert grade.error
    assert grade.to_json()["score"] == 0


def test_our_own_fault_is_told_from_theirs(module: Module, tmp_path: Path) -> None:
    """A missing recording is no reason for a bad mark: the grade is an error."""
    module.cassette("eggs").unlink()
    (grade,) = cohort.grade_all(module, [submission(tmp_path / "ada", HONEST)], [], 1)

    assert grade.error.startswith("The grader failed, not the submission, in test_asks_once")


@pytest.mark.parametrize(
    ("reports", "error"),
    [
        ([], "no result"),
        ([{"checks": ["a", "b"]}], "no result"),
        ([{"outcomes": [Outcome("42_reply").to_json()]}], "No checks were found"),
        (
            [
                {"checks": ["a", "b"]},
                {"outcomes": [Outcome("42_reply", checks=[Check("a", "a", 1)]).to_json()]},
            ],
            "",
        ),
    ],
    ids=["nothing", "died", "empty", "half"],
)
def test_what_was_not_reported_was_not_run(tmp_path: Path, reports: list[dict[str, Any]], error: str) -> None:
    """Every check that was collected starts as "not run", and counts."""
    grade = Grade("ada", tmp_path)
    cohort._read(grade, reports)

    assert error in grade.error
    assert bool(grade.error) == bool(error)
    assert grade.passed == (0 if error else 1)
    assert set(grade.checks) == ({"a", "b"} if any("checks" in report for report in reports) else set())
    assert grade.checks.get("b", "not run") == "not run"


def test_the_grading_process_holds_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The instructor's environment stays with the instructor."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    code = "import os, sys; os.write(1, repr(dict(os.environ)).encode()); sys.stdin.read()"
    desk = Desk(("python3", "-c", code))
    desk._write(b"{}\n")
    assert desk.process is not None
    assert desk.process.stdout is not None

    seen = desk.process.stdout.read(100_000).decode()
    desk.close()

    assert seen.startswith("{")
    assert "sk-real" not in seen


def test_long_names_and_long_troubles_fit() -> None:
    """Eighty columns hold whatever a submission is called."""
    grade = Grade("n" * 90, Path("/x"), {"a": "failed"}, "e" * 30 + " word" * 60, 12345.6)

    assert all(len(line) <= 80 for line in table(Module("42_reply", Path("/x")), [grade]))
