"""The screens shown in the chapters are what the commands print today."""

from __future__ import annotations

import re

import pytest

from grader.course import ROOT
from grader.tests.site_support import load

record = load(ROOT / "site" / "record_screens.py")


@pytest.mark.parametrize("name", record.screens())
def test_a_stored_screen_is_what_the_command_prints(name):
    """A screen that shows yesterday's grader teaches the reader to distrust the page."""
    stored = (record.FOLDER / f"{name}.txt").read_text(encoding="utf-8")

    now = record.output(record.screens()[name])
    assert record.comparable(now) == record.comparable(stored), (
        f"{name} is out of date; record it again: python site/record_screens.py {name}"
    )


def test_every_stored_screen_has_its_command_and_its_place():
    """No screen is left over from a chapter that no longer shows it."""
    stored = {path.stem for path in record.FOLDER.glob("*.txt")}
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "course").glob("*.md"))
    shown = set(re.findall(r'--8<-- "course/assets/terminal/(\w+)\.txt"', pages))

    assert stored == set(record.screens()) == shown


def test_seconds_are_all_that_may_differ():
    """Time passes; tokens, dollars and words do not change by themselves."""
    assert record.comparable("7 calls in 0.41 s, $0.011") == record.comparable("7 calls in 1.9 s, $0.011")
    assert record.comparable("7 calls, $0.011") != record.comparable("8 calls, $0.011")


def test_a_screen_shows_no_path_of_this_machine():
    """Readers have their own folders."""
    for path in record.FOLDER.glob("*.txt"):
        assert not re.search(r"(?<![\w.])/(?:home|root|tmp|usr|var|work)/", path.read_text(encoding="utf-8"))
