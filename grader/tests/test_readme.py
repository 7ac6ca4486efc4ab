"""The README promises nothing that is not there: its commands, its tree, and the line that success prints."""

from __future__ import annotations

import re
import subprocess
import sys

from grader.cli import COMMANDS
from grader.course import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_first_thirty_lines_say_what_how_and_what_success_looks_like():
    head = "\n".join(TEXT.splitlines()[:30])

    assert all(words in head for words in ("make try", "pytest exercises/", "solutions/", "checks passed"))


def test_success_prints_what_the_readme_shows():
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "exercises/00_start", "--solution"],
        cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": "", "NO_COLOR": "1"},
    )  # fmt: skip

    last = next(line for line in run.stdout.splitlines() if "checks passed" in line)
    assert last in TEXT.splitlines()


def test_every_command_of_the_readme_exists():
    named = set(re.findall(r"`grader (\w+)", TEXT))

    assert named
    assert named <= set(COMMANDS)


def test_every_make_target_of_the_readme_exists():
    named = set(re.findall(r"`make (\w+)`", TEXT)) | set(re.findall(r"^make (\w+)", TEXT, re.M))

    assert {"try", "test"} <= named
    assert all(re.search(rf"^{name}:", MAKE, re.M) for name in named)


def test_every_folder_of_the_tree_exists():
    folders = re.findall(r"^(\w+)/ ", TEXT, re.M)

    assert len(folders) == 6
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_every_module_that_the_readme_names_exists():
    assert all((ROOT / "exercises" / key).is_dir() for key in re.findall(r"\b(\d\d_[a-z]+)\b", TEXT))
