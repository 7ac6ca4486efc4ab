"""The numbers that chapter 00 quotes are those that its lab computes, and its example shows what it says."""

from __future__ import annotations

import ast
import json
import re
import runpy
import subprocess
import sys

import pytest

from grader.course import ROOT, module
from grader.tests.capstone_support import FIFTEEN, cot

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


WORDS_A_MINUTE = 238  # English prose, silently: Brysbaert, "How many words do we read per minute?", 2019
KEYS_A_MINUTE = 200  # 40 words of five letters, below the 52 of Dhakal et al., "136M Keystrokes", 2018
INCLUDED = re.compile(r'^--8<-- "([^":]+)(?::(\w+))?"$', re.M)
WORD = re.compile(r"[a-z][a-z'-]*|\d[\d.,]*", re.I)
TYPED = ("make try", ". .venv/bin/activate", "pytest exercises/00_start", "grader hint 00_start 1")


def with_includes(text: str) -> str:
    def included(found: re.Match[str]) -> str:
        whole = (ROOT / found[1]).read_text(encoding="utf-8")
        part = re.search(rf"\[start:{found[2]}\]\n(.*)\n.*\[end:{found[2]}\]", whole, re.S)
        return part[1] if part else whole

    return INCLUDED.sub(included, text)


def read_until_green() -> list[str]:
    """What a newcomer reads until the first green: README, `make try`, chapter, red, starter, hints."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n| you type")[0]
    tried = cot(FIFTEEN).stdout
    chapter = with_includes(TEXT.partition("\n## A miss")[0])
    red = (START.chapter.parent / "assets" / "terminal" / "00_start_first_run.txt").read_text()
    hints = START.hints_file.read_text(encoding="utf-8").partition("\n## 2.")[0]
    starter = START.starter.read_text(encoding="utf-8").partition("\n\n\ndef tell(")[0]
    return [readme, tried, chapter, red, starter, hints]


def lines_of_ask() -> list[str]:
    source = START.reference.read_text(encoding="utf-8")
    (ask,) = [node for node in ast.parse(source).body if getattr(node, "name", "") == "ask"]
    return source.splitlines()[ask.body[1].lineno - 1 : ask.end_lineno]


def test_the_first_green_is_less_than_five_minutes_away():
    """Every word read and every key pressed once; nothing here watches a clock."""
    texts = read_until_green()
    words = sum(len(WORD.findall(text)) for text in texts)
    keys = sum(len(line.strip()) + 1 for line in (*TYPED, *lines_of_ask()))
    assert all(command in "".join(texts) for command in TYPED)

    assert words / WORDS_A_MINUTE + keys / KEYS_A_MINUTE < 5, f"{words} words, {keys} keys"
