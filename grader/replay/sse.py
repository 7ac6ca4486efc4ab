"""How does a stream read? Server-sent events, split, and assembled into one body for both vendors."""

from __future__ import annotations

import json
import re
from typing import Any

_EVENT = re.compile(r".+?(?:\n\n+|\Z)", re.S)


def split_events(text: str) -> list[str]:
    """The events of a stream, each with its closing blank line; a cut last event keeps what came."""
    return [part for part in _EVENT.findall(text.replace("\r\n", "\n")) if part.strip()]


def data_of(event: str) -> str:
    """The `data` of one server-sent event; several data lines are joined as the standard says."""
    lines = (line[5:].removeprefix(" ") for line in event.splitlines() if line.startswith("data:"))
    return "\n".join(lines)


def assembled(events: list[dict[str, Any]]) -> dict[str, Any]:
    """One body from the chunks of a stream, for both wire formats; what a cut stream lacks stays absent."""
    message: dict[str, Any] = {}
    for event in events:
        if "type" in event:
            _anthropic(message, event)
        else:
            _openai(message, event)
    for block in message.get("content") or []:
        if isinstance(block.get("input"), str):
            block["input"] = parsed(block["input"])
    return message


def _openai(message: dict[str, Any], chunk: dict[str, Any]) -> None:
    for name in ("id", "model", "usage", "error"):
        if chunk.get(name) is not None:
            message[name] = chunk[name]
    for choice in chunk.get("choices") or []:
        choices = message.setdefault("choices", [])
        while len(choices) <= choice.get("index", 0):
            choices.append({"message": {"role": "assistant", "content": ""}, "finish_reason": None})
        kept = choices[choice.get("index", 0)]
        delta = choice.get("delta") or {}
        kept["message"]["content"] += delta.get("content") or ""
        kept["finish_reason"] = choice.get("finish_reason") or kept["finish_reason"]
        for call in delta.get("tool_calls") or []:
            _grow_tool_call(kept["message"].setdefault("tool_calls", []), call)


def _grow_tool_call(calls: list[dict[str, Any]], delta: dict[str, Any]) -> None:
    while len(calls) <= delta.get("index", 0):
        calls.append({"id": None, "function": {"name": "", "arguments": ""}})
    kept, said = calls[delta.get("index", 0)], delta.get("function") or {}
    kept["id"] = delta.get("id") or kept["id"]
    for name in ("name", "arguments"):
        kept["function"][name] += said.get(name) or ""


def _anthropic(message: dict[str, Any], event: dict[str, Any]) -> None:
    kind, blocks = event["type"], message.setdefault("content", [])
    if kind == "message_start":
        message.update(
            event.get("message") or {}, content=list((event.get("message") or {}).get("content") or [])
        )
    elif kind == "content_block_start":
        blocks.append(dict(event.get("content_block") or {}))
    elif kind == "content_block_delta" and blocks:
        _grow_block(blocks[-1], event.get("delta") or {})
    elif kind == "message_delta":
        message.update(event.get("delta") or {})
        # The counts of message_delta are cumulative; they replace those of message_start and add nothing.
        message["usage"] = {**(message.get("usage") or {}), **(event.get("usage") or {})}
    elif kind == "error":
        message["error"] = event.get("error")


def _grow_block(block: dict[str, Any], delta: dict[str, Any]) -> None:
    for name in ("text", "thinking", "signature"):
        if name in delta:
            block[name] = block.get(name, "") + delta[name]
    if "partial_json" in delta:
        known = block.get("input")
        block["input"] = (known if isinstance(known, str) else "") + delta["partial_json"]


def parsed(text: str) -> Any:
    """The text as JSON, or None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
