"""An exception as plain data, in the submission's process: what the grader needs to raise it again."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from grader.contract.missing import BrokenModule
from grader.contract.plain import plain

LONGEST = 4000  # characters of a message: more than anybody reads


def describe(error: BaseException, folder: str) -> dict[str, Any]:
    """Class names (nearest first), message, arguments, attributes and the deepest line in `folder`."""
    return {
        "names": [kind.__name__ for kind in type(error).__mro__][:20],
        "text": _try(lambda: _clean(str(error)), ""),
        "args": _try(lambda: [_plain_or_text(arg) for arg in error.args], []),
        "vars": _try(lambda: _attributes(error), {}),
        "place": _try(lambda: _place(error, folder), None),
        "asked": _try(lambda: _number(error), 0),
    }


def _try(reduce: Callable[[], Any], otherwise: Any) -> Any:
    """A submission's `__str__` or `__dict__` may do anything, so may its failure: tell what can be told."""
    try:
        return reduce()
    except BaseException:
        return otherwise


def _plain_or_text(value: Any) -> Any:
    try:
        reduced = plain(value)
        return _clean(reduced) if type(reduced) is str else reduced
    except BaseException:
        return _clean(repr(value))


def _clean(text: str) -> str:
    return str(text)[:LONGEST].encode("utf-8", "replace").decode()


def _attributes(error: BaseException) -> dict[str, Any]:
    found = {}
    for name, value in vars(error).items():
        if not name.startswith("_") and name != "asked":
            found[name] = _plain_or_text(value)
    return found


def _place(error: BaseException, folder: str) -> list[Any] | None:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(folder)]
    if not frames:
        return None
    return [str(Path(frames[-1].filename).relative_to(folder)), frames[-1].lineno or 0]


def _number(error: BaseException) -> int:
    asked = getattr(error, "asked", 0)
    return asked if type(asked) is int else 0


def trouble(broken: BrokenModule, folder: str) -> dict[str, Any]:
    """Why a submission could not be loaded, as plain data."""
    file = str(broken.file)
    return {
        "kind": broken.kind,
        "file": str(Path(file).relative_to(folder)) if Path(file).is_relative_to(folder) else Path(file).name,
        "problem": _try(lambda: _clean(broken.problem), ""),
        "remedy": _try(lambda: _clean(broken.remedy), ""),
        "line": broken.line or 0,
    }


def lines_of(names: dict[str, Any], wanted: list[str]) -> dict[str, int]:
    """The line on which each wanted function begins, for the words of a failure."""
    found = {}
    for name in wanted:
        code = _try(lambda name=name: getattr(inspect.unwrap(names[name]), "__code__", None), None)  # type: ignore[misc]
        if isinstance(code, CodeType):
            found[name] = code.co_firstlineno
    return found
