"""The numbers that chapter 00 quotes are those that its lab computes, and its example shows what it says."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys

import pytest

from grader.course import module

START = module("00_start")
TEXT = START.chapter.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lab():
    return runpy.run_path(str(START.examples / "lab.py"))


def test_every_number_of_tokens_in_the_chapter_is_computed(lab):
    quotes = set(lab["numbers"](lab["turns"]())["quotes"].values())

    quoted = re.findall(r"\b\d[\d,]* tokens\b", TEXT)

    assert len(quoted) >= 3
    assert [words for words in quoted if words not in quotes] == []


def test_the_figure_is_described_with_the_labs_numbers(lab):
    sent = lab["numbers"](lab["turns"]())["sent"]

    described = ", ".join(map(str, sent[:-1])) + f" and {sent[-1]} tokens"

    assert described in TEXT
    assert f"which ends at {sum(sent)}." in TEXT


def test_twice_the_turns_send_about_four_times_the_tokens(lab):
    """With a turn of equal length each time, n calls send 1 + 3 + ... + (2n - 1) messages: n squared."""
    sent = lab["numbers"](lab["turns"]())["sent"]
    three, six = sum(sent[:3]), sum(sent)

    assert 3.5 <= six / three <= 5


def test_the_stored_numbers_are_those_of_today(lab):
    stored = json.loads((START.chapter.parent / "assets" / "00_start_numbers.json").read_text())

    assert stored == json.loads(json.dumps(lab["numbers"](lab["turns"]())))


def test_the_forgetful_program_is_not_told_the_name():
    out = subprocess.run(
        [sys.executable, str(START.examples / "forgetful.py")], capture_output=True, text=True, check=True
    ).stdout

    second = out.split("> What is my name?")[1]
    assert "Ada" not in second
