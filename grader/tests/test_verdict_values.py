"""Failed assertions as rows, and values as a person reads them."""

from __future__ import annotations

import pytest

from grader.verdict.reading import Assertion, assertion
from grader.verdict.values import compared
from grader.verdict.wording import clean, clip, differences, dollars, paragraph, row, shorten, show, tail

TEXTS = "got '...t about a refund', expected '...t about a return'"


def rows(error, statement=None, comparison=None):
    return dict(compared(AssertionError(error), statement, comparison)[0])


def test_the_left_side_is_what_was_got():
    """Unless it is the literal: then the check is read the other way round."""
    usual = Assertion("reply['n'] == 4", "reply['n']", "4")
    mirrored = Assertion("4 <= reply['n']", "4", "reply['n']", left_is_literal=True)

    assert rows("", usual, ("==", 3, 4)) == {"looked at": "reply['n']", "got": "3", "expected": "4"}
    assert rows("", mirrored, ("<=", 4, 3)) == {
        "looked at": "reply['n']",
        "got": "3",
        "expected": "at least 4",
    }


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("<", "less than 4"),
        (">=", "at least 4"),
        ("!=", "anything but 4"),
        ("is", "4"),
        ("is not", "anything but 4"),
    ],
)
def test_an_operator_is_a_word(op, expected):
    """No symbols to decode."""
    assert rows("", Assertion("a", "a", "4"), (op, 3, 4))["expected"] == expected


def test_a_text_is_searched_and_a_set_is_belonged_to():
    """`in` means two things."""
    searched = Assertion("rule in prompt", "rule", "prompt")
    belongs = Assertion("label in LABELS", "label", "LABELS")

    assert rows("", searched, ("in", "a", "bcd"))["expected"] == "to find 'a'"
    assert rows("", searched, ("not in", "b", "bcd"))["expected"] == "not to find 'b'"
    assert rows("", belongs, ("in", "x", ["a", "b"]))["expected"] == "one of ['a', 'b']"


def test_a_negated_comparison_is_not_read_as_one():
    """`assert not a == b` fails when they are equal: `got 1, expected 1` would be nonsense."""
    found = rows("assert not 1 == 1", Assertion("not a == b"), ("==", 1, 1))

    assert found == {"expected": "not a == b", "got": "1 == 1"}


def test_what_rewriting_says_is_kept_without_addresses():
    """A generator's repr helps nobody."""
    text = "assert False\n +  where False = all(<generator object f at 0x7f>)\n +  and   3 = len([1, 2, 3])"

    assert rows(text, Assertion("all(...)"))["where"] == "3 = len([1, 2, 3])"


def test_the_authors_own_message_is_kept():
    """`assert x == y, "message"`."""
    found = rows("the window is too small\nassert 1 == 2", Assertion("a == b", "a", "b"), ("==", 1, 2))

    assert found["that is"] == "the window is too small"


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, ["['b'] is missing"]),
        ({"a": 1, "c": 0}, {"a": 1}, ["['c'] is not expected"]),
        ([1, 2], [1, 2, 3], ["it has 2 items, expected 3"]),
        ({"s": [{"n": 1}]}, {"s": [{"n": 2}]}, ["['s'][0]['n']: got 1, expected 2"]),
        ("what about a refund", "what about a return", [TEXTS]),
        ([9, 9, 9, 9], [0, 0, 0, 0], [f"[{n}]: got 9, expected 0" for n in range(3)]),
        (1, "1", ["got 1, expected '1'"]),
    ],
)  # fmt: skip
def test_differences_name_the_place(got, expected, said):
    """At most three."""
    assert differences(got, expected) == said


def test_a_statement_is_found_by_any_of_its_lines(tmp_path):
    """Asserts and `with pytest.raises` over several lines."""
    file = tmp_path / "test_x.py"
    file.write_text(
        "def test_x():\n    assert (\n        one()\n        == two()\n    )\n"
        "    with pytest.raises(StepLimit) as error:\n        solve(\n            1)\n    assert 1 < f()\n"
    )

    assert assertion(file, 4) == Assertion("one() == two()", "one()", "two()")
    assert assertion(file, 8).raises == "StepLimit"
    assert assertion(file, 9).left_is_literal
    assert assertion(file, 1) is None
    assert assertion(tmp_path / "nothing.py", 1) is None


def test_text_for_the_terminal():
    """Short, clean, in 80 columns, the label once."""
    assert show("x" * 500).count("x") == 238
    assert "[... 262 more ...]" in show("x" * 500)
    assert clip("short") == "short"
    assert clean("a\x1b[2J\tb\u202e\n") == "a\\x1b[2J    b\\u202e\n"
    assert shorten("x" * 100) == "x" * 76 + "..."
    assert tail("1\n2\n3", 2) == "[... 1 line before ...]\n2\n3"
    assert row("got", "1\n2") == ["    got        1", "               2"]
    assert paragraph("word " * 30)[1].startswith("  word")
    assert max(map(len, paragraph("word " * 30) + row("got", "word " * 30))) <= 79


def test_a_value_whose_repr_fails_is_shown_all_the_same():
    """A report never fails on what it reports."""

    class Nasty:
        def __repr__(self):
            raise RuntimeError

    assert show(Nasty()) == "<Nasty, whose repr raises RuntimeError>"


@pytest.mark.parametrize(
    ("cost", "text"), [("0", "0.00"), ("0.00000374", "0.0000037"), ("0.036", "0.036"), ("1234.5", "1,234.50")]
)
def test_small_amounts_keep_two_digits(cost, text):
    """A prompt costs so little that two decimals would say nothing."""
    from decimal import Decimal

    assert dollars(Decimal(cost)) == text
