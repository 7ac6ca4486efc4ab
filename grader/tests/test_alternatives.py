"""Correct solutions of another structure and in other words get full marks: a check judges what is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import module
from grader.prove.runs import Variant, run_all

FOLDER = Path(__file__).with_name("alternatives")
FILES = sorted(path for path in FOLDER.glob("*/*.py") if not path.name.startswith("_"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_another_correct_solution_gets_full_marks(file: Path) -> None:
    """A correct solution that shares nothing with the reference passes every check of its module."""
    [run] = run_all([Variant(module(file.parent.name), "another", file.stem, (f"--file={file}",))])

    assert run.states
    assert [name for name, state in run.states.items() if state != "passed"] == [], run.output
    assert run.exit_code == 0


def test_every_folder_of_alternatives_is_a_module() -> None:
    """A folder whose module was renamed would be skipped without a word."""
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and any(path.glob("*.py"))}

    assert {module(name).key for name in folders} == folders
