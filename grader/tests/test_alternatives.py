"""Correct solutions of another structure and in other words get full marks: a check judges what is done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course import ROOT, module

FOLDER = Path(__file__).with_name("alternatives")
FILES = sorted(path for path in FOLDER.glob("*/*.py") if not path.name.startswith("_"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_another_correct_solution_gets_full_marks(file: Path, tmp_path: Path) -> None:
    """A correct solution that shares nothing with the reference passes every check of its module."""
    outcome = tmp_path / "outcome.json"

    made = subprocess.run(
        [sys.executable, "-m", "pytest", str(module(file.parent.name).exercise), f"--file={file}",
         f"--outcome={outcome}"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    found = json.loads(outcome.read_text(encoding="utf-8"))
    checks = [check for one in (found if isinstance(found, list) else [found]) for check in one["checks"]]
    assert checks
    assert [check["name"] for check in checks if check["state"] != "passed"] == [], made.stdout
    assert made.returncode == 0


def test_every_folder_of_alternatives_is_a_module() -> None:
    """A folder whose module was renamed would be skipped without a word."""
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and any(path.glob("*.py"))}

    assert {module(name).key for name in folders} == folders
