"""Values on the wire: JSON as it is, and `{"$tag": ...}` for what JSON lacks.

`$bytes` base64 · `$tuple` list · `$dict` pairs (keys that JSON or a tag would mistake) · `$path`, `$date`,
`$datetime`, `$decimal`, `$float` (NaN and the infinities) text · `$call`, `$iter`, `$aiter` a handle that the
other side may use.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

Lend = Callable[[str, Any], dict[str, Any]]  # ("call" | "iter" | "aiter", object) -> its handle on the wire
Reduce = Callable[[Any], Any]  # an object -> plain data that stands for it
Borrow = Callable[[str, dict[str, Any]], Any]  # (tag, the wire's handle) -> a stand-in for it
ATOMS = (type(None), bool, int, float, str)
HANDLES = ("$call", "$iter", "$aiter")
PLAIN = ("$bytes", "$tuple", "$dict", *HANDLES)  # all that a submission may send
CALLED = (*PLAIN, "$float")  # and to a callable of the test: what a check compares has no NaN
TEXTS: dict[str, Callable[[str], Any]] = {
    "$float": float,
    "$path": Path,
    "$date": date.fromisoformat,
    "$datetime": datetime.fromisoformat,
    "$decimal": Decimal,
}


class NotWire(ValueError):
    """A value that has no form on the wire, or a form on the wire that means no value."""


def _refuse(value: Any) -> Any:
    raise NotWire(f"{type(value).__name__} is neither plain data nor a callable")


def encode(value: Any, lend: Lend, reduce: Reduce = _refuse) -> Any:
    """`value` as JSON. Callables and iterators become handles through `lend`, `reduce` takes the rest."""
    if type(value) is float and not math.isfinite(value):
        return {"$float": str(value)}
    if type(value) in ATOMS:
        return value
    if type(value) is list:
        return [encode(item, lend, reduce) for item in value]
    if type(value) is tuple:
        return {"$tuple": [encode(item, lend, reduce) for item in value]}
    if type(value) is dict:
        return _encode_dict(value, lend, reduce)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    return _encode_other(value, lend, reduce)


def _encode_dict(value: dict[Any, Any], lend: Lend, reduce: Reduce) -> dict[str, Any]:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: encode(item, lend, reduce) for key, item in value.items()}
    pairs = [[encode(key, lend, reduce), encode(item, lend, reduce)] for key, item in value.items()]
    return {"$dict": pairs}


def _encode_other(value: Any, lend: Lend, reduce: Reduce) -> Any:
    if isinstance(value, PurePath):
        return {"$path": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, Iterator):
        return lend("iter", value)
    if isinstance(value, AsyncIterator):
        return lend("aiter", value)
    if callable(value) and not isinstance(value, type):
        return lend("call", value)
    return encode(reduce(value), lend)


def decode(value: Any, borrow: Borrow, tags: tuple[str, ...] = (*PLAIN, *TEXTS)) -> Any:
    """The value that `encode` wrote; `borrow` makes stand-ins for handles. Raises NotWire for other tags."""
    if type(value) is list:
        return [decode(item, borrow, tags) for item in value]
    if type(value) is not dict:
        return value
    found = [key for key in value if key.startswith("$")]
    if not found:
        return {key: decode(item, borrow, tags) for key, item in value.items()}
    if found[0] not in tags:
        raise NotWire(f"{found[0][:40]!r} is not a tag that may cross here")
    if found[0] in HANDLES:
        return borrow(found[0], value)
    if len(value) != 1:
        raise NotWire(f"{found[0]} stands beside other fields")
    return _decode_tag(found[0], value[found[0]], borrow, tags)


def _decode_tag(tag: str, content: Any, borrow: Borrow, tags: tuple[str, ...]) -> Any:
    try:
        if tag == "$bytes" and type(content) is str:
            return base64.b64decode(content, validate=True)
        if tag == "$tuple" and type(content) is list:
            return tuple(decode(item, borrow, tags) for item in content)
        if tag == "$dict" and type(content) is list:
            return {decode(key, borrow, tags): decode(item, borrow, tags) for key, item in content}
        if tag in TEXTS and type(content) is str:
            return TEXTS[tag](content)
    except (ValueError, TypeError, ArithmeticError, binascii.Error) as reason:
        raise NotWire(f"{tag} holds {str(content)[:60]!r}: {reason}") from None
    raise NotWire(f"{tag} holds {type(content).__name__}")
