"""Reading what a traceback and a source file know: whose code raised, which line, which assertion."""

from __future__ import annotations

import ast
import linecache
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

STUB = re.compile(r"^Task (\d+)\b")


@dataclass(frozen=True)
class Place:
    """A line of a file, with its text."""

    file: str
    line: int
    text: str
    function: str = ""


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it wraps or was raised from, and the members of a group; each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        waiting += [e for e in (current.__cause__, current.__context__) if e is not None]


def principal(error: BaseException) -> BaseException:
    """The one exception that groups are wrapped around, or the group where there are several.

    Tasks that failed in the same way count as one: a fault in what each of them calls.
    """
    while isinstance(error, BaseExceptionGroup) and len({(type(e), str(e)) for e in error.exceptions}) == 1:
        error = error.exceptions[0]
    return error


def frames(error: BaseException) -> list[Place]:
    """The lines that the exception went through, outermost first."""
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        text = linecache.getline(code.co_filename, line).strip()
        found.append(Place(code.co_filename, line, text, code.co_name))
    return found


def returns_nothing(file: Path, line: int) -> bool:
    """Whether the function that begins at this line returns no value anywhere: its `return` was forgotten."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            begins = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if begins <= line <= node.lineno:
                return not any(_gives(inner) for inner in ast.walk(node))
    return False


def _gives(node: ast.AST) -> bool:
    return isinstance(node, ast.Yield | ast.YieldFrom) or (
        isinstance(node, ast.Return) and node.value is not None
    )


def same_function(name: str, one: Path, other: Path) -> bool:
    """Whether both files define this function, word for word; comments and layout aside."""
    found = [_function(file, name) for file in (one, other)]
    return found[0] is not None and found[0] == found[1]


def _function(file: Path, name: str) -> str | None:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    # The last definition of a name is the one that counts.
    functions = (n for n in reversed(tree.body) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return next((ast.dump(node) for node in functions if node.name == name), None)


def trace(error: BaseException, test: Path) -> str:
    """Python's own traceback, from the test on: what pytest does before that explains nothing."""
    start = error.__traceback__
    while start is not None and Path(start.tb_frame.f_code.co_filename) != test:
        start = start.tb_next
    found = start or error.__traceback__
    return "".join(traceback.format_exception(type(error), error, found)).rstrip()


def innermost(owns: Callable[[str], bool]) -> tuple[str, int, str] | None:
    """The line of owned code that the main thread is at right now, for a thread that watches it."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        file, line = frame.f_code.co_filename, frame.f_lineno
        if owns(file):
            return file, line, line_of(file, line)
        frame = frame.f_back
    return None


def suspended(awaited: Any, owns: Callable[[str], bool]) -> tuple[str, int, str] | None:
    """The innermost owned line at which a coroutine waits."""
    found = None
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None and owns(frame.f_code.co_filename):
            found = (
                frame.f_code.co_filename,
                frame.f_lineno,
                line_of(frame.f_code.co_filename, frame.f_lineno),
            )
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return found


def task_of(error: BaseException) -> int | None:
    """The number in `NotImplementedError("Task 2: ...")`, or None for any other exception."""
    found = STUB.match(str(error)) if isinstance(error, NotImplementedError) else None
    return int(found[1]) if found else None


def stubs(file: Path) -> dict[int, tuple[Place, str]]:
    """The unfinished tasks of a file: number -> (the line that raises, its sentence), in the file's order."""
    try:
        return _stubs(file, file.stat().st_mtime_ns)
    except (OSError, SyntaxError, ValueError):
        return {}


@cache
def _stubs(file: Path, _written: int) -> dict[int, tuple[Place, str]]:
    """As `stubs`, read once for each version of the file: every check of an unfinished task asks."""
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    found: dict[int, tuple[Place, str]] = {}
    lines = source.splitlines()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        said = node.exc.args[0] if node.exc.args else None
        if isinstance(said, ast.Constant) and isinstance(said.value, str) and STUB.match(said.value):
            number = int(STUB.match(said.value)[1])  # type: ignore[index]
            place = Place(str(file), node.lineno, lines[node.lineno - 1].strip())
            if number not in found or node.lineno < found[number][0].line:
                found[number] = (place, said.value.partition(":")[2].strip())
    return found


@dataclass(frozen=True)
class Assertion:
    """The statement of a test that failed: its source, and the two sides where it compares."""

    source: str
    left: str = ""
    right: str = ""
    left_is_literal: bool = False
    raises: str = ""


def assertion(file: str | Path, line: int) -> Assertion | None:
    """The assert (or the `with pytest.raises(...)`) of a test file that holds `line`."""
    try:
        source = Path(file).read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError):
        return None
    found = None
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assert, ast.With)) and node.lineno <= line <= (node.end_lineno or 0):
            found = _read(node, source) or found
    return found


def _read(node: ast.Assert | ast.With, source: str) -> Assertion | None:
    def text(part: ast.AST) -> str:
        return " ".join((ast.get_source_segment(source, part) or "").split())

    if isinstance(node, ast.With):
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and text(call.func).endswith("raises") and call.args:
                return Assertion(text(call), raises=text(call.args[0]))
        return None
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = test.left, test.comparators[0]
        literal = isinstance(left, ast.Constant) and not isinstance(right, ast.Constant)
        return Assertion(text(test), text(left), text(right), literal)
    return Assertion(text(test))


def line_of(file: str | Path, line: int | None) -> str:
    """The text of a line, stripped; empty where there is none."""
    return linecache.getline(str(file), line).strip() if line else ""
