"""Turns what a submission's process says about an error into an exception that the grader may raise.

What comes out is an exception class of the trusted reference, a subclass of Exception that Python or an SDK
brings, or a `SubmissionError`: never SystemExit, KeyboardInterrupt or an outcome of pytest.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.contract.missing import BrokenModule
from grader.grade.protocol import Violation
from grader.verdict.network import NetworkBlocked

WORDS = {"names": list, "text": str, "args": list, "vars": dict, "asked": int}
# Raised inside a coroutine or a generator of ours, these two would mean something else.
LIBRARIES = ("openai", "anthropic", "httpx2", "httpx", "grader.contract.plain")  # as far as they are loaded
UNSAFE = (StopIteration, StopAsyncIteration, GeneratorExit)
BROKEN = ("syntax", "import", "raised", "exit", "slow", "network", "absent", "task")


class SubmissionError(Exception):
    """The submission raised an error of its own, or left the rules; the message is the submission's."""

    remote_place: tuple[Path, int, str] | None = None


class SubmissionGone(BaseException):
    """The submission's process ended, hung or broke the protocol; not an Exception, so no test expects it."""

    remote_place: tuple[Path, int, str] | None = None


def revive(words: dict[str, Any], trusted: Mapping[str, Any]) -> BaseException:
    """The exception that `words` describe. Raises Violation for malformed words."""
    _validate(words)
    return _network(words) or _known(words, trusted)


def _network(words: dict[str, Any]) -> BaseException | None:
    """Reaching for the network fails a check in either mode, and in the same words."""
    host = words["vars"].get("host")
    return (
        NetworkBlocked(host[:200]) if words["names"][:1] == ["NetworkBlocked"] and type(host) is str else None
    )


def _known(words: dict[str, Any], trusted: Mapping[str, Any]) -> Exception:
    name = words["names"][0] if words["names"] and words["names"][0].isidentifier() else "SubmissionError"
    known = (_build(kind, name[:60], words) for kind in _kinds(words["names"], trusted))
    return next(filter(None, known), None) or type(name[:60], (SubmissionError,), {})(words["text"])


def _kinds(names: list[str], trusted: Mapping[str, Any]) -> Iterator[type[Exception]]:
    """The classes that may be raised here under these names, nearest first."""
    for name in names:
        homes = (vars(builtins), *(vars(sys.modules[name]) for name in LIBRARIES if name in sys.modules))
        kind = trusted.get(name) or next((home[name] for home in homes if name in home), None)
        if not isinstance(kind, type) or not issubclass(kind, Exception) or issubclass(kind, UNSAFE):
            continue
        if kind is not Exception:
            yield kind


def _validate(words: dict[str, Any]) -> None:
    if set(words) != {*WORDS, "place"} or any(type(words[key]) is not kind for key, kind in WORDS.items()):
        raise Violation(f"an error is described by the fields {sorted(words)[:9]}")
    if any(type(name) is not str for name in words["names"]):
        raise Violation("an error names its classes with something other than text")


def _build(kind: type[Exception], name: str, words: dict[str, Any]) -> Exception | None:
    """An instance of `kind` without running its `__init__`; a class derived from it keeps its own `name`."""
    try:
        own = kind if kind.__name__ == name else type(name, (kind,), {"__module__": kind.__module__})
        error = _filled(own, words)
        if str(error) == words["text"]:
            return error
        # Its message is not in its arguments, as in the errors of pydantic and of the file system.
        return _filled(type(own.__name__, (own,), {"__str__": lambda _: words["text"]}), words)
    except Exception:
        return None


def _filled(kind: type[Exception], words: dict[str, Any]) -> Exception:
    error = kind.__new__(kind, *words["args"])
    error.args = tuple(words["args"])
    told = words["vars"].items()
    error.__dict__.update({k: v for k, v in told if k[:1] != "_" and not hasattr(BaseException, k)})
    return error


def place(said: Any, copies: Path, shown: Path) -> tuple[Path, int, str] | None:
    """File as handed in, line and its text, if the process named a line of the collected `copies`."""
    if type(said) is not list or len(said) != 2 or type(said[0]) is not str or type(said[1]) is not int:
        return None
    file = copies / said[0]
    if not file.resolve().is_relative_to(copies.resolve()) or not file.is_file():
        return None
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return (shown / said[0], said[1], lines[said[1] - 1].strip()) if 0 < said[1] <= len(lines) else None


def broken(words: dict[str, Any], copies: Path, shown: Path, slug: str) -> BrokenModule:
    """Why a submission could not be loaded. Raises Violation for malformed words."""
    texts = [words.get(key) for key in ("kind", "file", "problem", "remedy")]
    if any(type(text) is not str for text in texts) or type(words.get("line")) is not int:
        raise Violation(f"a loading error is described by the fields {sorted(words)[:9]}")
    kind, _, problem, remedy = (str(text)[:2000] for text in texts)
    found = place([words["file"], words["line"]], copies, shown)
    file, line = (found[0], found[1]) if found else (shown / f"{slug}.py", None)
    return BrokenModule(kind if kind in BROKEN else "raised", file, problem, remedy, line)
