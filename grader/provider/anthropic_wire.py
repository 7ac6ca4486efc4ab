"""How does Anthropic write it? Prompt blocks, messages and their named events, in the vendor's JSON."""

from __future__ import annotations

import json
from typing import Any

from grader.provider.anthropic_rules import thinks_by_default
from grader.provider.ask import Ask, block_text
from grader.provider.caching import MINUTE, Block, Look
from grader.provider.speech import Reply, split
from grader.provider.tokens import MESSAGE, PRIMING, pieces
from grader.provider.transport import Event

STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
TTL = {"5m": 5 * MINUTE, "1h": 60 * MINUTE}


def prompt(body: dict[str, Any]) -> list[Block]:
    """The prompt in blocks: tools, system, messages; a block with `cache_control` carries its lifetime."""
    blocks = [Block(tuple(pieces(json.dumps(_bare(tool)))), _ttl(tool)) for tool in body.get("tools") or ()]
    shape = (body.get("output_config") or {}).get("format")
    blocks += [Block(tuple(pieces(json.dumps(shape))))] if shape else []
    if body.get("system"):
        blocks += _blocks("system", body["system"])
    for message in body["messages"]:
        blocks += _blocks(message["role"], message["content"])
    if body.get("cache_control"):
        blocks[-1] = Block(blocks[-1].tokens, TTL[body["cache_control"].get("ttl", "5m")])
    return [*blocks, Block(tuple(PRIMING))]


def _blocks(role: str, content: Any) -> list[Block]:
    """One message's blocks; the first carries the message's borders."""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    found = [Block(tuple(pieces(block_text(part))), _ttl(part)) for part in parts]
    return [Block((*MESSAGE, role, *found[0].tokens), found[0].ttl), *found[1:]]


def _ttl(block: dict[str, Any]) -> float | None:
    mark = block.get("cache_control")
    return TTL[mark.get("ttl", "5m")] if mark else None


def _bare(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool without its breakpoint: moving a breakpoint does not change the prefix."""
    return {name: value for name, value in tool.items() if name != "cache_control"}


def usage_body(look: Look, reply: Reply, output: int) -> dict[str, Any]:
    """`usage` as this vendor reports it: `input_tokens` excludes what the cache read or wrote."""
    return {
        "input_tokens": look.total - look.read - look.written,
        "cache_creation_input_tokens": look.written,
        "cache_read_input_tokens": look.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": look.written - look.written_1h,
            "ephemeral_1h_input_tokens": look.written_1h,
        },
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": reply.reasoning},
        "service_tier": "standard",
    }


def content(ask: Ask, reply: Reply, ids: list[str]) -> list[dict[str, Any]]:
    """The content blocks: thinking first where the model thinks, then text, then tool calls."""
    found: list[dict[str, Any]] = []
    if ask.thinks and (reply.thinking or thinks_by_default(ask.model)):
        found.append({"type": "thinking", "thinking": reply.thinking, "signature": "c3RhbmQtaW4="})
    said = reply.text if reply.refusal is None else reply.refusal
    if said:
        found.append({"type": "text", "text": said})
    for call, made in zip(reply.calls, ids, strict=True):
        arguments = _object(call.arguments)
        if arguments is None:
            found.append({"type": "text", "text": call.arguments})
        else:
            found.append({"type": "tool_use", "id": call.id or made, "name": call.name, "input": arguments})
    return found


def _object(text: str) -> dict[str, Any] | None:
    """Tool arguments as an object; None for other text, which this vendor has no place for."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def stop_reason(reply: Reply, blocks: list[dict[str, Any]]) -> str:
    """Why the reply ended, in this vendor's words."""
    if reply.refusal is not None:
        return "refusal"
    if reply.stopped_by is not None:
        return "stop_sequence"
    if reply.finish == "tool_calls" and not any(block["type"] == "tool_use" for block in blocks):
        return "end_turn"
    return STOP.get(reply.finish, reply.finish)


def message(head: dict[str, Any], ask: Ask, reply: Reply, look: Look, ids: list[str]) -> dict[str, Any]:
    """A whole `message`; `head` holds id and model."""
    blocks = content(ask, reply, ids)
    return {
        **head,
        "type": "message",
        "role": "assistant",
        "content": blocks,
        "stop_reason": stop_reason(reply, blocks),
        "stop_sequence": reply.stopped_by,
        "usage": usage_body(look, reply, reply.output_tokens(ask.provider)),
    }


def events(head: dict[str, Any], ask: Ask, reply: Reply, look: Look, ids: list[str]) -> list[Event]:
    """The same as named events; the usage of `message_delta` is cumulative."""
    whole = message(head, ask, reply, look, ids)
    opening = {**whole, "content": [], "stop_reason": None, "stop_sequence": None}
    opening["usage"] = usage_body(look, Reply(""), min(1, whole["usage"]["output_tokens"]))
    found = [named("message_start", message=opening)]
    for index, block in enumerate(whole["content"]):
        found += _block_events(index, block, reply)
        if index == 0:
            found.insert(2, named("ping"))
    ending = {"stop_reason": whole["stop_reason"], "stop_sequence": whole["stop_sequence"]}
    found.append(named("message_delta", delta=ending, usage=whole["usage"]))
    return [*found, named("message_stop")]


def _block_events(index: int, block: dict[str, Any], reply: Reply) -> list[Event]:
    """Start, deltas and stop of one content block."""
    kind = block["type"]
    empty: Any = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }[kind]
    if kind == "text":
        deltas = [{"type": "text_delta", "text": part} for part in split(block["text"], reply.chunk_size)]
    elif kind == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": part} for part in split(block["thinking"], 1)]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    else:
        written = json.dumps(block["input"], ensure_ascii=False)
        parts = split(written, reply.chunk_size)
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
    start = named("content_block_start", index=index, content_block={**block, **empty})
    middle = [named("content_block_delta", counted=True, index=index, delta=delta) for delta in deltas]
    return [start, *middle, named("content_block_stop", index=index)]


def named(event: str, *, counted: bool = False, **data: Any) -> Event:
    """A named event; data alone would be skipped by the vendor's SDK."""
    return Event(
        f"event: {event}\ndata: {json.dumps({'type': event, **data}, ensure_ascii=False)}\n\n", counted
    )


def error_event(error: dict[str, Any]) -> str:
    """An error in the middle of a stream."""
    return f"event: error\ndata: {json.dumps(error)}\n\n"
