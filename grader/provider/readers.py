"""Replies that are computed instead of written: named readers, chosen by `reader: name` in a script.

A reader is a plain function `reader(messages, settings) -> text`:
`messages` is the conversation as `[{"role": ..., "content": text}]`, system prompt first;
`settings` is the script's mapping, with `voice` and `sample` (both counted from 1) added.
It may return a mapping or a list, which is dumped as JSON.
It must be deterministic: the same messages and settings give the same text, on every machine.

A module that needs one adds it here:

    READERS["nearest_example"] = nearest_example
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.provider.in_context import nearest_example

Reader = Callable[[list[dict[str, str]], dict[str, Any]], Any]


def echo(messages: list[dict[str, str]], settings: dict[str, Any]) -> str:
    """The last user message, after the `prefix` that the settings name."""
    asked = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    return f"{settings.get('prefix', '')}{asked}"


READERS: dict[str, Reader] = {"echo": echo, "nearest_example": nearest_example}
