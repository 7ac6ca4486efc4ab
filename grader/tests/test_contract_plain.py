"""What is plain data, and what is refused with the place where it was found."""

from __future__ import annotations

import enum
import json
from collections import Counter, OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from grader.contract.plain import NotPlain, plain


class Label(enum.Enum):
    REFUND = "refund"


class Level(enum.IntEnum):
    HIGH = 3


@dataclass
class Step:
    thought: str
    number: int


class Ticket(BaseModel):
    label: Label
    steps: list[Step]


Point = namedtuple("Point", "x y")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_comes_back_as_it_is(value):
    """Plain data is its own reduction, and stays JSON."""
    assert plain(value) == value
    json.dumps(plain(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, (2,)), [1, [2]]),
        ({3, 1, 2}, [1, 2, 3]),
        ({"b", 1}, ["b", 1]),
        (Label.REFUND, "refund"),
        (Level.HIGH, 3),
        (Step("add", 1), {"thought": "add", "number": 1}),
        (Ticket(label=Label.REFUND, steps=[]), {"label": "refund", "steps": []}),
        ([Ticket(label=Label.REFUND, steps=[Step("a", 1)])][0].steps, [{"thought": "a", "number": 1}]),
        (Point(1, 2), {"x": 1, "y": 2}),
        (OrderedDict(a=1), {"a": 1}),
        (Counter("aab"), {"a": 2, "b": 1}),
        ({Label.REFUND: 1}, {"refund": 1}),
        (date(2026, 11, 20), "2026-11-20"),
        (datetime(2026, 11, 20, 8, 30), "2026-11-20T08:30:00"),
        (Decimal("0.10"), "0.10"),
        (b"raw", b"raw"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_reduces_what_has_a_plain_form(value, expected):
    """Records become dicts, sequences lists, enums their values, moments ISO texts."""
    found = plain(value)

    assert found == expected
    assert type(found) is type(expected)


def test_the_types_are_exact():
    """No subclass survives, because one could answer comparisons as it likes."""

    class AlwaysEqual(dict):
        def __eq__(self, other):
            return True

        __hash__ = None

    found = plain({"reply": AlwaysEqual(answer=1)})

    assert type(found["reply"]) is dict
    assert found != {"reply": {"answer": 2}}


class Agreeable(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Number(int):
    pass


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (object(), "the value"),
        ({"a": [1, object()]}, "the value['a'][1]"),
        (Agreeable("yes"), "the value"),
        (Number(3), "the value"),
        ({"n": float("nan")}, "the value['n']"),
        ([float("inf")], "the value[0]"),
        (Decimal("NaN"), "the value"),
        ({1: "a"}, "a key of the value"),
        (Step, "the value"),
        (len, "the value"),
        (range(3), "the value"),
        ({"keys": {}.keys()}, "the value['keys']"),
        (ValueError("x"), "the value"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_refuses_what_has_none_and_says_where(value, place):
    """The message names the place, the value, the rule and the remedy."""
    with pytest.raises(NotPlain) as error:
        plain(value)

    assert error.value.place == place
    assert place in str(error.value)
    assert "Graded functions return None, bool, int" in str(error.value)
    assert error.value.remedy in str(error.value)


def test_a_cycle_is_refused_without_a_recursion_error():
    """A list that holds itself has no plain form."""
    loop: list[object] = []
    loop.append(loop)

    with pytest.raises(NotPlain, match="nested deeper"):
        plain(loop)


def test_a_hostile_repr_does_not_spoil_the_message():
    """What a value is called in the message never depends on its own methods working."""

    class Nasty:
        def __repr__(self):
            raise RuntimeError("no picture of me")

    with pytest.raises(NotPlain, match="Nasty"):
        plain([Nasty()])


def test_the_picture_of_a_value_holds_no_address():
    """The same failure reads the same in every run."""
    with pytest.raises(NotPlain) as error:
        plain(object())

    assert "0x" not in str(error.value)
