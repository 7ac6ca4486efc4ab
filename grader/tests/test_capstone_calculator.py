"""The capstone's calculator against exact fractions, and against whatever anybody may write."""

from __future__ import annotations

import time
import warnings
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.tests.capstone_support import reference

NUMBERS = st.integers(0, 10**6).map(str) | st.decimals(0, 1000, places=2).map(str)


def joined(parts):
    left, sign, right = parts
    return f"({left[0]} {sign} {right[0]})", left[1], sign, right[1]


def value(left, sign, right):
    """The exact value, or None where there is none."""
    if left is None or right is None or (sign == "/" and right == 0):
        return None
    return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__}[sign](right)


def combine(children):
    pairs = st.tuples(children, st.sampled_from("+-*/"), children)
    return pairs.map(joined).map(lambda found: (found[0], value(*found[1:])))


TREES = st.recursive(NUMBERS.map(lambda text: (text, Fraction(text))), combine, max_leaves=12)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_every_tree_has_its_exact_value(tree):
    """Twelve digits of the value, or a refusal where there is none or where it is too large."""
    text, exact = tree
    try:
        found = Fraction(reference().calculate(text))
    except reference().NotArithmetic:
        assert exact is None or abs(exact) > 10**25 or len(text) > 400 or 0 < abs(exact) < Fraction(1, 10**50)
        return
    assert exact is not None
    assert abs(found - exact) <= max(abs(exact), Fraction(1, 10**12)) * Fraction(1, 10**9)


@settings(max_examples=500, deadline=None)
@given(
    st.text(alphabet="0123456789.,%+-*/^()$×÷− xof\neE_@[]'\"\\\x00abπ½٣", max_size=60) | st.text(max_size=40)
)
def test_any_text_is_a_number_or_a_refusal(text):
    """Whatever is written, the calculator returns a number or raises its one error, quickly."""
    started = time.process_time()
    try:
        found = reference().calculate(text)
    except reference().NotArithmetic:
        found = "0"
    assert Fraction(found) is not None
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "text",
    [
        "9" * 480 + "%",
        "1" * 500,
        " " * 490 + "1",
        "1 " * 240,
        "." * 499,
        ")" * 250 + "of" * 100,
        "9^" * 200 + "9",
    ],
)
def test_no_spelling_is_slow(text):
    """The patterns that respell an expression are linear: a long row of digits costs no time."""
    started = time.process_time()
    try:
        reference().calculate(text)
    except reference().NotArithmetic:
        pass
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("text", ["'\\d'", "1if 2 else 3", "0x1for x in ()", "1 is 1"])
def test_odd_python_is_refused_without_a_warning(text):
    """Python warns of some expressions while it parses them; nobody asked it to."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(reference().NotArithmetic):
            reference().calculate(text)

    assert heard == []
