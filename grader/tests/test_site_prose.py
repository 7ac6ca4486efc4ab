"""How the course is written: one sentence per line, no filler, the same frame for every chapter."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from grader.course import ROOT, modules

SOURCES = sorted((ROOT / "course").glob("*.md"))
CHAPTERS = [each.chapter for each in modules() if each.chapter.is_file()]
BANNED = re.compile(r"\b(simply|just|easy|easily|obviously|powerful|seamless(?:ly)?)\b", re.IGNORECASE)
FENCE = re.compile(r"^(\s*)(```+|~~~+).*?^\1\2\s*$", re.DOTALL | re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
CODE = re.compile(r"`[^`]+`")
NOT_PROSE = re.compile(r"^\s*(?:[|<#{!]|\[\^|\$\$|:::|\?\?\?|--8<--)")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.|:)\s+")
# A sentence ends before a space and a capital, a quote or code; what ends with these does not end one.
END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bal)(?<!\betc)[.!?][)\"'*”’]*\s+(?=[A-Z“\"`*\[(])")


def prose(text: str) -> list[tuple[int, str]]:
    """Return the numbered lines that hold sentences: no front matter, code, tables, headings or HTML."""
    blank = lambda found: "\n" * found[0].count("\n")  # noqa: E731
    text = FENCE.sub(blank, FRONT_MATTER.sub(blank, text))
    lines = enumerate(text.splitlines(), start=1)
    return [(number, CODE.sub("`code`", line)) for number, line in lines if not NOT_PROSE.match(line)]


def two_on_a_line(text: str) -> list[str]:
    """Return the lines outside lists that hold more than one sentence."""
    return [f"{number}: {line}" for number, line in prose(text) if not ITEM.match(line) and END.search(line)]


def unfinished(text: str) -> list[str]:
    """Return the lines outside lists on which a sentence is broken in the middle."""
    found = []
    lines = prose(text)
    for (number, line), (following, after) in pairwise(lines):
        broken = after.strip() and following == number + 1 and not ITEM.match(after)
        if line.strip() and broken and not re.search(r"[.!?:;][)\"'*_”’]*(\[\^\w+\])?\s*$", line):
            found.append(f"{number}: {line}")
    return found


def filler(text: str) -> list[str]:
    """Return the lines with a word that promises ease or praises."""
    return [f"{number}: {line}" for number, line in prose(text) if BANNED.search(line)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_one_sentence_per_line(source: Path):
    """A change to one sentence is a change to one line."""
    text = source.read_text(encoding="utf-8")
    assert two_on_a_line(text) == []
    assert unfinished(text) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_filler(source: Path):
    """What is easy for the writer is not for the reader."""
    assert filler(source.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_has_its_frame(chapter: Path):
    """Goal, needs and what is out of scope at the head; common mistakes and exercises at the end."""
    text = chapter.read_text(encoding="utf-8")
    number = chapter.name[:2]
    assert re.match(rf"# {number} · \S", text), f"begin with: # {number} · Title"
    for line in ("**Goal:** ", "**Needs:** ", "**Out of scope:** "):
        assert len(re.findall(rf"^{re.escape(line)}\S", text, re.MULTILINE)) == 1, line
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[-2:] == ["Common mistakes", "Exercises"]
    assert f"<!-- common-mistakes: {chapter.stem} -->" in text
    assert f"<!-- tasks: {chapter.stem} -->" in text


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_can_be_read_in_one_sitting(chapter: Path):
    """About a thousand words of prose, lists made by the build not counted."""
    words = sum(len(line.split()) for _, line in prose(chapter.read_text(encoding="utf-8")))
    assert 400 <= words <= 1500, f"{chapter.name} has {words} words"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_a_chapters_programs_are_included_and_not_pasted(chapter: Path):
    """A Python block in a chapter is a file that tests run, or it rots."""
    text = chapter.read_text(encoding="utf-8")
    for block in re.findall(r"^```+ ?python.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        assert '--8<-- "' in block, f"pasted: {block.splitlines()[:2]}"
    assert not re.search(r'--8<-- "(?:solutions/\d\d_\w+/\w+|exercises/.+)\.py"', text), (
        "this would give the tasks away"
    )


def test_the_lint_sees_what_it_is_for():
    """Each rule notices its own violation, and lets lists, tables and code be."""
    assert two_on_a_line("One sentence. And another one.")
    assert two_on_a_line('It says "no." Then it stops.')
    assert unfinished("This sentence goes\non here.")
    assert filler("It is that easy.\n")
    assert filler("- You simply call it.\n")
    assert not two_on_a_line(
        "- One. Two.\n\n| A. B. | C |\n\n```\nOne. Two.\n```\n\nWei et al. (2022) say `a. B`.\n"
    )
    assert not unfinished("One sentence.\nAnother one:\n- a list\n")
    assert not filler("```\njust code\n```\n`easy`\n")
