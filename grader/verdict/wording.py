"""Values and text as a person reads them: short, in 80 columns, with the place where two values differ."""

from __future__ import annotations

import re
import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Any

WIDTH = 79  # one less than the terminal, because some terminals wrap a line that fills it
LABEL = 11  # the longest label, `looked at`, and two spaces
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # says nothing to a person, and differs in every run
LONG = 240  # characters of a value shown whole; beyond that its ends, and where it differs


def show(value: Any, room: int = LONG) -> str:
    """The value's repr; a long one keeps its two ends. Never fails."""
    try:
        text = ADDRESS.sub("", repr(value))
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
    pairs = zip(got, expected, strict=False)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(got), len(expected)))
    start = max(0, same - 12)
    pictures = [("..." if start else "") + text[start : start + 40] for text in (got, expected)]
    return f"{place + ': ' if place else ''}got {pictures[0]!r}, expected {pictures[1]!r}"


def count(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def shorten(text: str, room: int = WIDTH) -> str:
    """The beginning of a text, in one line of at most `room` characters."""
    line = clean(" ".join(text.rstrip().splitlines()))
    return line if len(line) <= room else line[: room - 3].rstrip() + "..."


def tail(text: str, lines: int) -> str:
    """The last lines of a text, with the number of those left out before them."""
    found = text.splitlines()
    if len(found) <= lines:
        return text
    return "\n".join([f"[... {count(len(found) - lines, 'line')} before ...]", *found[-lines:]])


def dollars(cost: Decimal) -> str:
    """At least two significant digits of a small amount: `0.00031`, `0.020`, `1.20`."""
    digits = max(2, 1 - cost.adjusted()) if cost else 2
    return f"{cost:,.{digits}f}"


def clean(text: str) -> str:
    """Text that only shows: control characters, escape sequences and odd spaces are spelled out."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\n" else "    " if c == "\t" else ascii(c)[1:-1] for c in text
    )


def paragraph(text: str, indent: int = 2, mark: str = "") -> list[str]:
    """Prose, wrapped; `mark` goes before the first line, the others are set under its text."""
    first = " " * indent + mark
    return _wrap(" ".join(clean(text).split()), first, " " * len(first))


def row(label: str, text: str, indent: int = 4) -> list[str]:
    """A labelled row: the label once, further lines under the text. Without a label: an indented block."""
    text = clean(text)
    if not label:
        return ["", *(" " * indent + line if line else "" for line in text.splitlines())]
    lines: list[str] = []
    rest = " " * (indent + LABEL)
    for line in text.splitlines() or [""]:
        first = " " * indent + f"{label:<{LABEL}}" if not lines else rest
        keep = line.startswith(" ") and len(rest) + len(line) <= WIDTH
        lines += [(first + line).rstrip()] if keep else _wrap(line, first, rest + " " * _margin(line))
    return lines


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _wrap(text: str, first: str, rest: str) -> list[str]:
    lines = textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return lines or [first.rstrip()]


def path(file: str | Path, line: int | None = None) -> str:
    """A file as one would type it here: relative to the current folder where it is below it."""
    found = Path(file)
    if found.is_absolute() and found.is_relative_to(Path.cwd()):
        found = found.relative_to(Path.cwd())
    return f"{found.as_posix()}:{line}" if line else found.as_posix()
