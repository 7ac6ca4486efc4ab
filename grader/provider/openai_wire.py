"""How does OpenAI write it? Prompt tokens, chat completions and their chunks, in the vendor's JSON."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from grader.models import Usage
from grader.provider.ask import Ask, content_text
from grader.provider.caching import Block, reports_writes
from grader.provider.speech import Reply, split
from grader.provider.tokens import MESSAGE, PRIMING, pieces
from grader.provider.transport import Event

FINGERPRINT = "stand-in"
Delta = tuple[dict[str, Any], Any]
FINISH = {"pause_turn": "stop", "model_context_window_exceeded": "length"}


def prompt(body: dict[str, Any]) -> list[Block]:
    """The prompt as the model reads it: tools, response schema, then the messages; one block each."""
    blocks = [Block(tuple(pieces(json.dumps(tool)))) for tool in body.get("tools") or ()]
    if (body.get("response_format") or {}).get("type") == "json_schema":
        blocks.append(Block(tuple(pieces(json.dumps(body["response_format"]["json_schema"])))))
    for message in body["messages"]:
        words = content_text(message.get("content"))
        calls = "".join(json.dumps(call.get("function")) for call in message.get("tool_calls") or ())
        blocks.append(Block((*MESSAGE, message["role"], *pieces(words), *pieces(calls))))
    return [*blocks, Block(tuple(PRIMING))]


def usage_body(usage: Usage, ask: Ask) -> dict[str, Any]:
    """`usage` as this vendor reports it: prompt tokens include the cached ones."""
    found: dict[str, Any] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    if ask.provider == "deepseek":
        found["prompt_cache_hit_tokens"] = usage.cached_tokens
        found["prompt_cache_miss_tokens"] = usage.input_tokens - usage.cached_tokens
    else:
        found["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens, "audio_tokens": 0}
        if reports_writes(ask.model):
            found["prompt_tokens_details"]["cache_write_tokens"] = usage.cache_write_tokens
    if ask.provider != "llama":
        found["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return found


def message(reply: Reply, ask: Ask, call_ids: list[str]) -> dict[str, Any]:
    """The assistant message; without words, `content` is null."""
    found: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    if reply.refusal is not None or (reply.calls and not reply.text):
        found["content"] = None
    if ask.provider == "deepseek" and ask.thinks:
        found["reasoning_content"] = reply.thinking
    if reply.calls:
        found["tool_calls"] = [
            {
                "id": call.id or made,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call, made in zip(reply.calls, call_ids, strict=True)
        ]
    return found


def logprobs(text: str, reply: Reply, top: int) -> dict[str, Any]:
    """Log probabilities per token: the first word's is the script's confidence, the rest are near certain."""
    content = []
    for position, token in enumerate(pieces(text)):
        sure = reply.confidence if position == 0 and reply.confidence else _sureness(token, position)
        rivals = reply.alternatives if position == 0 else ()
        ranked = sorted([(token, sure), *rivals], key=lambda entry: -entry[1])[:top]
        content.append({**_token(token, sure), "top_logprobs": [_token(*entry) for entry in ranked]})
    return {"content": content, "refusal": None}


def _token(token: str, probability: float) -> dict[str, Any]:
    return {"token": token, "logprob": round(math.log(probability), 6), "bytes": list(token.encode())}


def _sureness(token: str, position: int) -> float:
    """A probability between 0.95 and 0.9999 that depends on nothing but the token and its place."""
    first = hashlib.sha256(f"{position}{token}".encode()).digest()[0]
    return 0.95 + 0.0499 * first / 255


def completion(
    head: dict[str, Any], body: dict[str, Any], ask: Ask, replies: list[Reply], ids: list[str], usage: Usage
) -> dict[str, Any]:
    """A `chat.completion`; `head` holds id, created and model."""
    choices, at = [], 0
    for index, reply in enumerate(replies):
        said = message(reply, ask, ids[at : at + len(reply.calls)])
        at += len(reply.calls)
        sure = logprobs(reply.text, reply, body.get("top_logprobs") or 0) if body.get("logprobs") else None
        finish = FINISH.get(reply.finish, reply.finish)
        choices.append({"index": index, "message": said, "logprobs": sure, "finish_reason": finish})
    return {
        "id": head["id"],
        "object": "chat.completion",
        "created": head["created"],
        "model": head["model"],
        "choices": choices,
        "usage": usage_body(usage, ask),
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def chunks(
    head: dict[str, Any], body: dict[str, Any], ask: Ask, replies: list[Reply], ids: list[str], usage: Usage
) -> list[Event]:
    """The same as server-sent events: role, deltas, finish reason, usage if asked for, `[DONE]`."""
    whole = completion(head, body, ask, replies, ids, usage)
    base = {name: whole[name] for name in ("id", "object", "created", "model", "service_tier")}
    base |= {"object": "chat.completion.chunk", "system_fingerprint": FINGERPRINT}
    counted = bool((body.get("stream_options") or {}).get("include_usage"))
    if counted:
        base["usage"] = None  # all chunks but the last have the field, without a value
    events = []
    for choice, reply in zip(whole["choices"], replies, strict=True):
        events += _choice_events(base, choice, reply)
    if counted:
        events.append(_event({**base, "choices": [], "usage": whole["usage"]}))
    return [*events, Event("data: [DONE]\n\n")]


def _choice_events(base: dict[str, Any], choice: dict[str, Any], reply: Reply) -> list[Event]:
    """One choice: its role, its deltas, its finish reason."""
    spot = {"index": choice["index"], "delta": {}, "logprobs": None, "finish_reason": None}
    empty = None if choice["message"]["content"] is None else ""
    opening = {"role": "assistant", "content": empty, "refusal": None}
    events = [_event({**base, "choices": [{**spot, "delta": opening}]})]
    for delta, sure in _deltas(choice, reply):
        events.append(_event({**base, "choices": [{**spot, "delta": delta, "logprobs": sure}]}, delta=True))
    ending = {**spot, "finish_reason": choice["finish_reason"]}
    return [*events, _event({**base, "choices": [ending]})]


def _event(data: dict[str, Any], *, delta: bool = False) -> Event:
    return Event(f"data: {json.dumps(data, ensure_ascii=False)}\n\n", delta)


def _deltas(choice: dict[str, Any], reply: Reply) -> list[Delta]:
    """What is added piece by piece, each with its share of the logprobs."""
    said = choice["message"]
    found: list[Delta] = []
    if said.get("reasoning_content"):
        found += [({"reasoning_content": part}, None) for part in split(said["reasoning_content"], 1)]
    if reply.refusal is not None:
        found += [({"refusal": part}, None) for part in split(reply.refusal, reply.chunk_size)]
    if said["content"]:
        found += _with_logprobs(reply.chunks(), choice["logprobs"])
    for index, call in enumerate(said.get("tool_calls") or ()):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        start = {**call, "index": index, "function": {"name": name, "arguments": ""}}
        found.append(({"tool_calls": [start]}, None))
        for part in split(arguments, reply.chunk_size):
            found.append(({"tool_calls": [{"index": index, "function": {"arguments": part}}]}, None))
    return found


def _with_logprobs(parts: list[str], sure: dict[str, Any] | None) -> list[Delta]:
    """Text deltas; a token's logprob comes with the delta in which the token ends."""
    found, left, length, spent = [], list(sure["content"]) if sure else [], 0, 0
    for position, part in enumerate(parts):
        length += len(part)
        mine = []
        while left and (spent + len(left[0]["token"]) <= length or position == len(parts) - 1):
            mine.append(left.pop(0))
            spent += len(mine[-1]["token"])
        found.append(({"content": part}, {"content": mine, "refusal": None} if sure else None))
    return found


def error_event(error: dict[str, Any]) -> str:
    """An error in the middle of a stream."""
    return f"data: {json.dumps(error)}\n\n"
