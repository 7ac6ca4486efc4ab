"""Frames of strict JSON between the grader and a submission's process: the only thing that crosses.

A frame is four bytes of length (big-endian) and that many bytes of UTF-8 JSON holding one object.
The nonce in `call` binds an answer to the question that was asked; it is no secret.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

LENGTH = struct.Struct(">I")
LARGEST = 4 << 20  # bytes of one frame: the longest honest one is a batch of embeddings, about half of this
DEEPEST = 64  # nested lists and objects

# What a submission's process may say: kind -> field -> exact type.
FROM_CHILD: dict[str, dict[str, tuple[type, ...]]] = {
    "loaded": {"call": (str,), "broken": (dict,)},
    "named": {"call": (str,), "missing": (list,), "values": (dict,), "lines": (dict,)},
    "value": {"call": (str,), "value": (object,)},
    "stop": {"call": (str,)},
    "error": {"call": (str,), "error": (dict,)},
    "callback": {
        "id": (int,),
        "call": (str,),
        "target": (str,),
        "how": (str,),
        "args": (list,),
        "kwargs": (dict,),
    },
    "http": {
        "id": (int,),
        "method": (str,),
        "url": (str,),
        "headers": (list,),
        "body": (str,),
        "timeout": (dict,),
    },
    "more": {"id": (int,)},
    "close": {"id": (int,)},
    "cancel": {"id": (int,)},
}


class Violation(Exception):
    """The submission's process broke the protocol: nothing that it says counts any more."""


def pack(message: dict[str, Any]) -> bytes:
    """One frame. Raises ValueError for NaN, infinities and lone surrogates, Violation when too large."""
    body = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    if len(body) > LARGEST:
        raise Violation(f"a message of {len(body):,} bytes is over the limit of {LARGEST:,}")
    return LENGTH.pack(len(body)) + body


def length(head: bytes) -> int:
    """The size of the frame that four bytes announce. Raises Violation when it is over the limit."""
    (size,) = LENGTH.unpack(head)
    if size > LARGEST:
        raise Violation(f"it announced a message of {size:,} bytes; the limit is {LARGEST:,}")
    return int(size)


def unpack(body: bytes) -> dict[str, Any]:
    """The object in a frame's body. Raises Violation for anything but strict JSON with finite numbers."""
    try:
        text = body.decode()
        message = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
        # Escapes such as \ud800 decode to text that no file or terminal takes: find them here.
        if "\\u" in text:
            json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as reason:
        raise Violation(f"a message is not strict JSON ({str(reason)[:120]})") from None
    if type(message) is not dict:
        raise Violation(f"a message is {type(message).__name__}, not an object")
    _shallow(message, DEEPEST)
    return message


def checked(message: dict[str, Any]) -> dict[str, Any]:
    """`message`, if it has exactly the fields and types that its kind demands. Raises Violation otherwise."""
    kind = message.get("kind")
    if type(kind) is not str or kind not in FROM_CHILD:
        raise Violation(f"it sent a message of the unknown kind {str(kind)[:40]!r}")
    fields = FROM_CHILD[kind]
    if set(message) != {"kind", *fields}:
        raise Violation(f"a {kind!r} message has the fields {sorted(message)[:9]}")
    for name, types in fields.items():
        if object not in types and type(message[name]) not in types:
            raise Violation(f"{name!r} of a {kind!r} message is {type(message[name]).__name__}")
    return message


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is not a finite number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _shallow(value: Any, left: int) -> None:
    if left < 0:
        raise Violation(f"a message is nested deeper than {DEEPEST} levels")
    if type(value) is dict:
        for item in value.values():
            _shallow(item, left - 1)
    elif type(value) is list:
        for item in value:
            _shallow(item, left - 1)
