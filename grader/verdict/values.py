"""A failed assertion as rows: what the check looked at, what it got, what it expected."""

from __future__ import annotations

import re
from typing import Any

from grader.verdict.reading import Assertion
from grader.verdict.wording import LONG, clip, differences, show

Row = tuple[str, str]
Comparison = tuple[str, Any, Any]
BOUNDS = {
    "<": "less than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
    "!=": "anything but",
    "is": "",
    "is not": "anything but",
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(
    error: BaseException, statement: Assertion | None, comparison: Comparison | None
) -> tuple[list[Row], str, str]:
    """Rows, the one-sentence form, and what was expected."""
    if comparison is None or (statement and not statement.left) or type(error).__name__ == "Failed":
        return _said(error, statement)
    op, left, right = comparison
    if op in ("in", "not in") and (isinstance(right, str) or (statement and statement.left_is_literal)):
        return _searched(op, left, right, statement)
    subject = statement.left if statement else ""
    if statement and statement.left_is_literal:
        op, left, right, subject = MIRRORED.get(op, op), right, left, statement.right
    return _measured(op, left, right, subject or (statement.source if statement else ""), error)


def _measured(
    op: str, got: Any, wanted: Any, subject: str, error: BaseException
) -> tuple[list[Row], str, str]:
    """`==`, an order, identity, or membership in a closed set."""
    expected = {"==": "", "in": "one of ", "not in": "none of "}.get(op, f"{BOUNDS.get(op, op)} ".lstrip())
    long = op == "==" and max(len(show(got, 10**6)), len(show(wanted, 10**6))) > LONG // 3
    rows = [("looked at", subject)]
    rows += [("differs", "\n".join(differences(got, wanted)))] if long else []
    room = LONG // 2 if long else LONG
    rows += [("got", show(got, room)), ("expected", expected + show(wanted, room)), *_message(error)]
    short = f"{subject or 'the value'} was {show(got, 80)}, expected {expected}{show(wanted, 80)}"
    return rows, short, expected + show(wanted)


def _searched(op: str, needle: Any, hay: Any, statement: Assertion | None) -> tuple[list[Row], str, str]:
    """A text or an item looked for in something larger."""
    subject = statement.right if statement else ""
    label = "not found" if op == "in" else "found"
    wish = f"{'to find' if op == 'in' else 'not to find'} {show(needle, 120)}"
    rows = [("looked in", subject), ("expected", wish), ("got", show(hay))]
    return rows, f"{show(needle, 80)} was {label} in {subject or show(hay, 80)}", wish


def _said(error: BaseException, statement: Assertion | None) -> tuple[list[Row], str, str]:
    """No comparison: the assertion's source and what rewriting says of it, or the words of `pytest.fail`."""
    text = str(error)
    if text.startswith("DID NOT RAISE"):
        wanted = statement.raises if statement else re.sub(r"DID NOT RAISE\W*", "", text)
        return [("raised", "nothing"), ("expected", wanted)], f"It raised nothing, expected {wanted}", wanted
    source = statement.source if statement else ""
    got = re.match(r"assert (not )?(.*)", text.partition("\n")[0])
    rows = [("expected", source)] if source else []
    if got and not source.startswith(got[2]):
        rows.append(("got", clip(got[2])))
    elif not got:
        rows.append(("said", clip(text)))
    rows += _where(text)
    return rows, f"This does not hold: {source}" if source else clip(text.partition("\n")[0]), source


def _where(text: str) -> list[Row]:
    """The `where 3 = len(...)` lines that still say something: no addresses, no generators."""
    found = re.findall(r"^ *\+ +(?:where|and) +(.*)$", text, re.MULTILINE)
    lines = [clip(line, 120) for line in found if " at 0x" not in line and "<generator" not in line]
    return [("where", "\n".join(lines[:3]))] if lines else []


def _message(error: BaseException) -> list[Row]:
    """The author's own message of `assert x == y, "message"`."""
    first = str(error).partition("\nassert ")[0]
    return [] if first.startswith("assert ") or not first else [("that is", clip(first))]
