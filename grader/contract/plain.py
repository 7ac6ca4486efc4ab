"""What is plain data? The only values that cross from the learner's code to a test, in every grading mode."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

RULE = "None, bool, int, float, str, bytes, lists, and dicts with str keys"
REMEDY = "Return a dict, a list, a dataclass or a pydantic model instead."
DEPTH = 100  # Deeper nesting is a cycle or an attack, and would end in a RecursionError without a place.
EXACT = (type(None), bool, int, str, bytes)


class NotPlain(TypeError):
    """A value that is not plain data; `place` is where it was found, such as `solve()['steps'][0]`."""

    def __init__(self, place: str, found: str, remedy: str = REMEDY) -> None:
        super().__init__(f"{place} is {found}. Graded functions return {RULE}. {remedy}")
        self.place, self.found, self.remedy, self.rule = place, found, remedy, RULE


def plain(value: Any, place: str = "the value", depth: int = 0) -> Any:
    """JSON-like data with exact types; dataclasses, models, enums and dates are reduced. Raises NotPlain."""
    kind = type(value)
    if kind in EXACT:
        return value
    if depth > DEPTH:
        raise NotPlain(place, f"nested deeper than {DEPTH} levels", "Return it without cycles.")
    if kind is float:
        return _finite(value, place)
    for reduce in (_scalar, _record, _container):
        found = reduce(value, place, depth + 1)
        if found is not _UNKNOWN:
            return found
    raise NotPlain(place, _describe(value))


_UNKNOWN = object()


def _finite(value: float | Decimal, place: str) -> Any:
    """NaN compares false with everything, so a check on it would mean nothing."""
    if not math.isfinite(value):
        raise NotPlain(place, str(value), "Return a finite number, or None for no number.")
    return value if type(value) is float else str(value)


def _scalar(value: Any, place: str, depth: int) -> Any:
    if isinstance(value, Enum):
        return plain(value.value, place, depth)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return _finite(value, place) if isinstance(value, Decimal) else _UNKNOWN


def _record(value: Any, place: str, depth: int) -> Any:
    """Dataclass instances, pydantic models (of this course or of an SDK) and named tuples, as dicts."""
    if isinstance(value, type):
        return _UNKNOWN
    if hasattr(type(value), "model_fields") and callable(getattr(value, "model_dump", None)):
        return plain(value.model_dump(), place, depth)
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return plain(fields, place, depth)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(dict(value._asdict()), place, depth)
    return _UNKNOWN


def _container(value: Any, place: str, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {_key(k, place): plain(v, f"{place}[{k!r}]", depth) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{place}[{at}]", depth) for at, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        items = [plain(item, f"an item of {place}", depth) for item in value]
        try:
            return sorted(items)
        except TypeError:  # mixed types have no order of their own
            return sorted(items, key=repr)
    return _UNKNOWN


def _key(key: Any, place: str) -> str:
    name = key.value if isinstance(key, Enum) else key
    if type(name) is not str:
        raise NotPlain(f"a key of {place}", _describe(key), "Use str keys.")
    return name


def _describe(value: Any) -> str:
    """`Step(...) (Step)`: a short picture and the type; never fails, whatever the value's own repr does."""
    try:
        picture = object.__repr__(value) if isinstance(value, (int, str)) else repr(value)
    except Exception:
        picture = object.__repr__(value)
    picture = re.sub(r" at 0x[0-9a-fA-F]+", "", picture)
    picture = picture if len(picture) <= 60 else picture[:57] + "..."
    return f"{picture} ({type(value).__name__})"
