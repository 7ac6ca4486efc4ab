"""A recording whose replies say something else: the places where a reply's words and counts stand.

Words keep their lengths, so that streams keep their chunks and JSON stays as valid, or as broken, as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grader.replay.sse import data_of, parsed, split_events

Change = Callable[[str], str]


def stream(text: str, change: Change) -> str:
    """A stream whose assembled text is changed, cut into the same pieces. `change` keeps the length."""
    events = split_events(text)
    pieces = [_said(event) for event in events]
    whole = change("".join(piece or "" for piece in pieces))
    made, start = [], 0
    for event, piece in zip(events, pieces, strict=True):
        if piece:
            event = _with(event, piece, whole[start : start + len(piece)])
            start += len(piece)
        made.append(event)
    return "".join(made)


def _with(event: str, old: str, new: str) -> str:
    """The event with another piece, which stands there as JSON: with its own signs escaped, or not."""
    for plain in (False, True):
        shown = json.dumps(old, ensure_ascii=plain)
        if shown in event:
            return event.replace(shown, json.dumps(new, ensure_ascii=plain))
    return event


def _said(event: str) -> str | None:
    """The piece of text that one event adds, for both wire formats."""
    data = parsed(data_of(event))
    if not isinstance(data, dict):
        return None
    choice = (data.get("choices") or [{}])[0]
    delta = data.get("delta") or choice.get("delta") or {}
    piece = delta.get("content", delta.get("text"))
    return piece if isinstance(piece, str) else None


def strings(value: Any, change: Change) -> Any:
    """JSON-like data with every text in it changed; the names of fields stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: strings(inner, change) for key, inner in value.items()}
    return [strings(inner, change) for inner in value] if isinstance(value, list) else value
