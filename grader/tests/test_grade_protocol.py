"""Frames hold strict JSON of known shapes, and values come out as they went in."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grader.grade import protocol
from grader.grade.protocol import DEEPEST, LARGEST, LENGTH, Violation, checked, length, pack, unpack
from grader.grade.values import PLAIN, NotWire, decode, encode


def read(frame: bytes) -> dict[str, Any]:
    """The message in a frame."""
    assert length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    return unpack(frame[LENGTH.size :])


def test_a_message_survives_the_frame() -> None:
    """Text of any script, numbers and nesting come back the same."""
    message = {"kind": "value", "value": ["é", "日本", "\u0000", 1, -2.5, True, None, {"a": []}]}

    assert read(pack(message)) == message


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}', b'{"a": "\xff"}', b"[]", b"1", b'"text"', b"", b'{"a": 1} {}', b"{'a': 1}",
        b'{"a": ' + b"9" * 5000 + b"}", b'{"a": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
        b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}",
    ],
    ids=lambda body: body[:24].decode(errors="replace"),
)  # fmt: skip
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    """Python's own parser takes most of these."""
    with pytest.raises(Violation):
        unpack(body)


def test_escaped_text_that_is_whole_is_read() -> None:
    """A pair of surrogates spells one character: only halves are refused."""
    assert unpack(b'{"a": "\\ud83d\\ude00\\u00e9"}') == {"a": "😀é"}


def test_sizes_are_capped_both_ways() -> None:
    """A length is judged before a byte of the body is read."""
    with pytest.raises(Violation, match="limit"):
        length(LENGTH.pack(LARGEST + 1))
    with pytest.raises(Violation, match="limit"):
        pack({"a": "x" * LARGEST})
    with pytest.raises(ValueError, match="JSON compliant"):
        pack({"a": float("nan")})


def test_the_deepest_message_that_is_allowed() -> None:
    """One level more is refused."""
    nested: Any = 1
    for _ in range(DEEPEST):
        nested = {"a": nested}
    unpack(json.dumps(nested).encode())

    with pytest.raises(Violation, match="deeper"):
        unpack(json.dumps({"a": nested}).encode())


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "verdict"},
        {"kind": ["value"]},
        {"kind": "value", "call": "1"},
        {"kind": "value", "call": "1", "value": 1, "passed": True},
        {"kind": "value", "call": 1, "value": 1},
        {"kind": "more", "id": True},
        {"kind": "more", "id": 1.0},
        {"kind": "error", "call": "1", "error": []},
    ],
    ids=str,
)
def test_a_message_of_another_shape_is_refused(message: dict[str, Any]) -> None:
    """Exactly the fields of its kind, with exactly their types: True is no number."""
    with pytest.raises(Violation):
        checked(message)


def test_messages_of_every_kind_are_taken() -> None:
    """The table of kinds describes messages that can be sent."""
    samples = {str: "x", int: 1, list: [], dict: {}, object: None}
    for kind, fields in protocol.FROM_CHILD.items():
        message = {"kind": kind, **{name: samples[types[0]] for name, types in fields.items()}}
        assert checked(read(pack(message))) == message


VALUES = [
    None, True, 0, 10**30, 1.5, float("inf"), "text", "", [], {}, [1, [2, {"a": None}]], (1, (2,)),
    b"\x00\xff",
    {"$call": 1}, {"$": {"$bytes": "!"}}, {1: 2, None: 3}, Path("/a/b"), date(2024, 1, 15),
    datetime(2024, 1, 15, 12), Decimal("1.10"), {"headers": [(b"a", b"b")]},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_out_as_it_went_in(value: Any) -> None:
    """Types included: a tuple stays one, and a dict that looks like a tag is still a dict."""
    wire = read(pack({"value": encode(value, _no_handles)}))["value"]
    found = decode(wire, _no_handles)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "wire",
    [
        {"$bytes": "!"}, {"$bytes": 1}, {"$bytes": "", "more": 1}, {"$tuple": "ab"}, {"$dict": [[1]]},
        {"$dict": [[[], 1]]}, {"$path": "/etc/passwd"}, {"$decimal": "NaN"}, {"$float": "nan"},
        {"$eval": "1"}, [{"$": 1}],
    ],
    ids=str,
)  # fmt: skip
def test_a_submission_sends_plain_tags_only(wire: Any) -> None:
    """Tags that are malformed, unknown or not for submissions are refused."""
    with pytest.raises(NotWire):
        decode(wire, _no_handles, PLAIN)


def test_other_objects_are_reduced_or_refused() -> None:
    """Nothing is pickled, and nothing is turned into text in silence."""
    with pytest.raises(NotWire, match="object"):
        encode(object(), _no_handles)
    assert encode({"a": object()}, _no_handles, lambda _: "reduced") == {"a": "reduced"}


def test_callables_and_iterators_become_handles() -> None:
    """Each by its kind, wherever it stands."""

    async def items() -> Any:
        yield 1

    lent: list[str] = []

    def lend(kind: str, _: Any) -> dict[str, Any]:
        lent.append(kind)
        return {f"${kind}": str(len(lent))}

    wire = encode({"a": [print], "b": iter([]), "c": items()}, lend)

    assert wire == {"a": [{"$call": "1"}], "b": {"$iter": "2"}, "c": {"$aiter": "3"}}


def _no_handles(kind: str, value: Any) -> Any:
    raise AssertionError(f"{kind} {value!r}")
