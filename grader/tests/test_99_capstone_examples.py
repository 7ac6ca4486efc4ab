"""The examples of 99_capstone run, and the numbers that the chapter quotes are theirs."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from typing import Any

import pytest

from grader.capstone.command import MODULE
from grader.capstone.endings import exit_codes
from grader.tests.capstone_support import reference
from grader.tests.examples_support import imported


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(MODULE) as modules:
        yield modules


@pytest.fixture(scope="module")
def numbers(examples) -> dict[str, Any]:
    return examples.lab.numbers(reference())


def chapter() -> str:
    return MODULE.chapter.read_text(encoding="utf-8")


def lines_of_code(source: str) -> int:
    """Lines that hold code: no blank lines, comments or docstrings."""
    held: set[int] = set()
    skipped = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped:
            held |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            held -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(held)


def test_the_naive_calculator_is_as_bad_as_the_chapter_says(examples):
    """One right value, one wrong one, one crash, and a file that was read."""
    said = [examples.naive_calculator.said(text) for text in examples.naive_calculator.WRITTEN_BY_A_MODEL]

    assert said[:3] == ["36.0", "0.30000000000000004", "SyntaxError"]
    assert "build-system" in said[3]


def test_the_written_numbers_are_the_labs(examples, numbers):
    """The figure and the numbers in the book are what `grader lab 99_capstone` writes today."""
    written = json.loads((examples.lab.ASSETS / "99_capstone_numbers.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(numbers))

    drawn = (examples.lab.ASSETS / "99_capstone_memory.svg").read_text(encoding="utf-8")
    assert drawn == examples.figure.drawn(numbers["tokens"]["whole"], numbers["tokens"]["folded"])


def test_the_folded_run_is_the_recorded_one(numbers):
    """The lab's folded chain sends what the recording holds: the same question, memory and counts."""
    from grader.replay.cassette import load

    steps = load(MODULE.cassette("week_at_the_bakery")).steps

    assert list(numbers["tokens"]["folded"]) == [step.reply.usage.input_tokens for step in steps]


def test_the_chapter_quotes_the_labs_numbers(numbers):
    """Dollars, tokens, shares and factors in the prose are numbers that the lab computed."""
    quotes = set(numbers["quotes"].values())
    prose = re.sub(r"```.*?```|`[^`]*`|\A.*?## The first version", "", chapter(), flags=re.DOTALL)

    found = re.findall(
        r"\$\d[\d,.]*\d|\d[\d,]* (?:tokens|times)\b|(?<!of )(?<!about )\b\d+%|call \d+ ?:", prose
    )

    assert len(found) >= 12
    assert [words for words in found if words.rstrip(" :") not in quotes] == []
    assert all(
        numbers["quotes"][name] in prose for name in ("first folded call", "last call, whole", "reserved")
    )


def test_the_answer_off_by_four_cents_is_off_by_four_cents(numbers):
    """1104.94 less what the recorded model said in step 5."""
    from grader.replay.cassette import load

    said = load(MODULE.cassette("compound_interest")).steps[4].reply.json_text()["result"]

    assert float(numbers["rounded"]["unrounded"]) - float(said) == pytest.approx(0.04)


def test_the_table_of_exit_codes_is_the_programs():
    """The chapter's table holds the codes and the words of `cot --help`."""
    rows = re.findall(r"^\| (\d+) \| ([a-z].+) \|$", chapter(), re.MULTILINE)

    assert [f"  {code:<4} {meaning}" for code, meaning in rows] == exit_codes().splitlines()[1:]


def test_the_size_of_the_reference_is_the_one_stated():
    """About 250 lines of code: within ten of what the chapter promises."""
    stated = int(re.search(r"about (\d+) lines of code", chapter())[1])

    assert abs(lines_of_code(MODULE.reference.read_text(encoding="utf-8")) - stated) <= 10


def test_the_lab_command_prints_and_writes(examples, capsys, monkeypatch, tmp_path):
    """`grader lab 99_capstone` shows every number and says where the replies come from."""
    monkeypatch.setattr(examples.lab, "ASSETS", tmp_path)

    assert examples.lab.main() == 0

    out = capsys.readouterr().out
    assert "reserved over paid" in out
    assert "stand-in" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "99_capstone_memory.svg",
        "99_capstone_numbers.json",
    ]
