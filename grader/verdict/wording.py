"""Values and text as a person reads them: short, in 80 columns, with the place where two values differ."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path
from typing import Any

WIDTH = 79  # one less than the terminal, because some terminals wrap a line that fills it
LABEL = 12
LONG = 240  # characters of a value shown whole; beyond that its ends, and where it differs


def show(value: Any, room: int = LONG) -> str:
    """The value's repr; a long one keeps its two ends. Never fails."""
    try:
        text = repr(value)
    except Exception as reason:
        text = f"<{type(value).__name__}, whose repr raises {type(reason).__name__}>"
    return clip(text, room)


def clip(text: str, room: int = LONG) -> str:
    """The text, or its two ends with the number of characters left out between them."""
    if len(text) <= room:
        return text
    head = room * 2 // 3
    tail = room - head
    return f"{text[:head]} [... {len(text) - room} more ...] {text[-tail:]}"


def differences(got: Any, expected: Any, place: str = "", most: int = 3) -> list[str]:
    """Where two values differ, at most `most` places: `['steps'][2]: got 'a', expected 'b'`."""
    if isinstance(got, dict) and isinstance(expected, dict):
        found = [f"{place}[{key!r}] is missing" for key in expected if key not in got]
        found += [f"{place}[{key!r}] is not expected" for key in got if key not in expected]
        for key in expected:
            if key in got and got[key] != expected[key]:
                found += differences(got[key], expected[key], f"{place}[{key!r}]")
        return found[:most]
    if isinstance(got, list) and isinstance(expected, list):
        found = []
        if len(got) != len(expected):
            found.append(f"{place or 'it'} has {count(len(got), 'item')}, expected {len(expected)}")
        for at, (one, other) in enumerate(zip(got, expected, strict=False)):
            if one != other:
                found += differences(one, other, f"{place}[{at}]")
        return found[:most]
    if isinstance(got, str) and isinstance(expected, str):
        return [_text_difference(got, expected, place)]
    return [f"{place + ': ' if place else ''}got {show(got, 60)}, expected {show(expected, 60)}"]


def _text_difference(got: str, expected: str, place: str) -> str:
    """Two texts from just before their first different character."""
    same = len(os.path.commonprefix([got, expected]))
    start = max(0, same - 12)
    pictures = [("..." if start else "") + text[start : start + 40] for text in (got, expected)]
    return f"{place + ': ' if place else ''}got {pictures[0]!r}, expected {pictures[1]!r}"


def count(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listing(numbers: list[int]) -> str:
    """`1`, `1 and 2`, `1, 2 and 3`."""
    words = [str(number) for number in numbers]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def paragraph(text: str, indent: int = 2) -> list[str]:
    """Prose, wrapped, line by line of the source text; indented lines (examples, code) keep their form."""
    lines: list[str] = []
    for line in text.splitlines() or [""]:
        if line.startswith((" ", "\t")):
            lines.append(" " * indent + line)
        else:
            lines += _wrap(line, " " * indent, " " * indent)
    return lines


def row(label: str, text: str) -> list[str]:
    """A labelled row: the label once, every further line under the text."""
    lines: list[str] = []
    for line in str(text).splitlines() or [""]:
        first = f"    {label:<{LABEL - 4}}  " if not lines else " " * (LABEL + 2)
        lines += [(first + line).rstrip()] if _keeps(line) else _wrap(line, first, " " * (LABEL + 2))
    return lines


def _keeps(line: str) -> bool:
    return line.startswith(" ") and len(line) + LABEL + 2 <= WIDTH


def _wrap(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    ) or [first.rstrip()]


def path(file: str | Path, line: int | None = None) -> str:
    """A file as one would type it here: relative to the current folder where it is below it."""
    found = Path(file)
    if found.is_absolute() and found.is_relative_to(Path.cwd()):
        found = found.relative_to(Path.cwd())
    return f"{found.as_posix()}:{line}" if line else found.as_posix()
