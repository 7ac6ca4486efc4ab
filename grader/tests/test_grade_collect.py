"""Only the graded files of a submission are taken, and only if they are plain files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.grade.collect import LARGEST, MOST, Refused, collect, has
from grader.tests.grade_support import submission


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_one_file_is_taken_and_the_rest_is_left(tmp_path: Path, into: Path) -> None:
    """Whatever lies beside it stays there."""
    folder = submission(tmp_path / "ada", "x = 1\n", "cot.py")
    for name in ("conftest.py", "pytest.ini", "pytest.py", "json.py", "test_cot.py", "cot.yaml", "cot.pyc"):
        submission(folder, "raise SystemExit\n", name)

    assert collect(folder, "cot", into) == ["cot.py"]
    assert names(into) == ["cot.py"]
    assert (into / "cot.py").read_text() == "x = 1\n"


def test_a_package_is_taken_with_its_modules(tmp_path: Path, into: Path) -> None:
    """Python files with plain names, in packages of plain names; no tests, no configuration, no caches."""
    folder = submission(tmp_path / "ada" / "cot", "", "__init__.py").parent
    submission(folder / "cot", "x = 1\n", "steps.py")
    submission(folder / "cot" / "deep", "", "__init__.py")
    for name in (
        "conftest.py",
        "test_steps.py",
        "data.yaml",
        "steps.so",
        "sitecustomize.py",
        "a-b.py",
        "x.tar.py",
    ):
        submission(folder / "cot", "", name)
    submission(folder / "cot" / "__pycache__", "", "steps.py")
    submission(folder / "cot" / ".git", "", "hook.py")

    collect(folder, "cot", into)
    assert names(into) == ["cot/__init__.py", "cot/deep/__init__.py", "cot/steps.py"]


def test_links_are_not_followed(tmp_path: Path, into: Path) -> None:
    """Neither to a file, nor to a package, nor to the whole submission."""
    real = submission(tmp_path / "real" / "cot", "x = 1\n", "__init__.py").parent
    submission(real, "x = 1\n", "cot.py")
    for name in ("file", "package", "inside"):
        (tmp_path / name).mkdir()
    (tmp_path / "file" / "cot.py").symlink_to(real / "cot.py")
    (tmp_path / "package" / "cot").symlink_to(real / "cot")
    submission(tmp_path / "inside" / "cot", "", "__init__.py")
    (tmp_path / "inside" / "cot" / "more.py").symlink_to(real / "cot.py")
    (tmp_path / "whole").symlink_to(real)

    for name in ("file", "package", "inside", "whole"):
        with pytest.raises(Refused):
            collect(tmp_path / name, "cot", into)
    assert "x = 1" not in "".join(path.read_text() for path in into.rglob("*.py"))


def test_a_pipe_that_nobody_writes_is_refused_at_once(tmp_path: Path, into: Path) -> None:
    """Opening it the usual way would wait for ever."""
    (tmp_path / "ada").mkdir()
    os.mkfifo(tmp_path / "ada" / "cot.py")

    with pytest.raises(Refused, match="regular"):
        collect(tmp_path / "ada", "cot", into)


def test_size_and_number_are_capped(tmp_path: Path, into: Path) -> None:
    """The limits themselves are still taken."""
    collect(submission(tmp_path / "ada", "#" * LARGEST, "cot.py"), "cot", into)
    with pytest.raises(Refused, match="bytes"):
        collect(submission(tmp_path / "bob", "#" * (LARGEST + 1), "cot.py"), "cot", into)

    for number in range(MOST + 1):
        submission(tmp_path / "eve" / "cot", "", f"m{number}.py")
    with pytest.raises(Refused, match="more than"):
        collect(tmp_path / "eve", "cot", into)


def test_a_missing_file_is_named(tmp_path: Path, into: Path) -> None:
    """The message says what to hand in."""
    with pytest.raises(Refused, match=r"Hand in the file cot\.py"):
        collect(submission(tmp_path / "ada", "", "COT.txt"), "cot", into)
    with pytest.raises(Refused, match="not a plain folder"):
        collect(tmp_path / "nobody", "cot", into)


def test_a_folder_with_the_file_is_a_submission(tmp_path: Path) -> None:
    """A file or a package tells; a link counts, so that it is refused by name instead of overlooked."""
    assert has(submission(tmp_path / "a", "", "cot.py"), "cot")
    assert has(submission(tmp_path / "b" / "cot", "", "__init__.py").parent, "cot")
    assert not has(submission(tmp_path / "c" / "cot", "", "cot.py").parent, "cot")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "cot.py").symlink_to("/nowhere")
    assert has(tmp_path / "d", "cot")
