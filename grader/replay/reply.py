"""What did the provider say? One reply, assembled from a JSON body or from server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from grader.models import Usage, cost
from grader.replay.sse import assembled, data_of, parsed, split_events

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "refusal": "content_filter",
}
_FENCE = re.compile(r"^\s*```[a-z]*\s*\n(.*?)\n?\s*```\s*$", re.S)


@dataclass(frozen=True)
class Reply:
    """One answer of a provider: `body` is what came over the wire, decoded, transfer details left out."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def streamed(self) -> bool:
        return self._kind.startswith("text/event-stream")

    @property
    def _kind(self) -> str:
        return self.headers.get("content-type", "")

    @cached_property
    def raw(self) -> str:
        """The body as text, whatever its type."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The parsed body, or None for a stream and for a body that is not JSON."""
        return None if self.streamed else parsed(self.raw)

    @cached_property
    def events(self) -> list[Any]:
        """The `data` of each server-sent event, parsed where it is JSON; empty for other bodies."""
        if not self.streamed:
            return []
        datas = (data_of(event) for event in split_events(self.raw))
        return [data if (value := parsed(data)) is None else value for data in datas if data]

    @cached_property
    def message(self) -> dict[str, Any]:
        """The reply as one non-streamed body, so that both forms read alike."""
        if self.streamed:
            return assembled([event for event in self.events if isinstance(event, dict)])
        return self.json if isinstance(self.json, dict) else {}

    @cached_property
    def text(self) -> str:
        """What the assistant said: the first choice's content, or the text blocks without the thinking."""
        said = self.message
        if said.get("choices"):
            return str(_first_choice(said).get("content") or "")
        if isinstance(said.get("content"), list):
            return "".join(part.get("text", "") for part in said["content"] if part.get("type") == "text")
        if not said and not self.streamed:
            return self.raw
        made = next((said[name] for name in ("text", "generated_text", "response") if name in said), "")
        return str(made[0] if isinstance(made, list) and made else made or "")

    def json_text(self) -> Any:
        """The assistant's text parsed as JSON, a code fence allowed. Raises ValueError if it is none."""
        fenced = _FENCE.match(self.text)
        return json.loads(fenced[1] if fenced else self.text)

    @cached_property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The tools that the model asks for, as `{"id", "name", "arguments"}` with parsed arguments."""
        said = self.message
        if said.get("choices"):
            asked = _first_choice(said).get("tool_calls") or []
            return [_tool_call(call.get("id"), **call.get("function", {})) for call in asked]
        blocks = said["content"] if isinstance(said.get("content"), list) else []
        uses = (part for part in blocks if part.get("type") == "tool_use")
        return [{"id": use.get("id"), "name": use.get("name"), "arguments": use.get("input")} for use in uses]

    @cached_property
    def batched(self) -> list[dict[str, Any]]:
        """The replies that a batch's results hold, one per line; empty for any other body."""
        lines = self.raw.splitlines() if self.raw.startswith('{"custom_id"') or "jsonl" in self._kind else []
        results = (line for line in map(parsed, lines) if isinstance(line, dict))
        found = (
            line.get("result", {}).get("message") or (line.get("response") or {}).get("body")
            for line in results
        )
        return [message for message in found if isinstance(message, dict)]

    @property
    def usage(self) -> Usage:
        """Tokens of this reply, cache included in the input; zeros when the reply reports none."""
        replies = self.batched or [self.message]
        return sum((usage_of(reply.get("usage")) for reply in replies), Usage())

    def dollars(self, asked: str | None) -> Decimal:
        """What this reply costs at the asked model, a batch at its own price. Raises UnknownPrice."""
        bills = [(usage_of(reply.get("usage")), str(reply.get("model")), True) for reply in self.batched]
        bills = bills or [(self.usage, str(asked), False)]
        return sum(
            (cost(used, name, batch=batch) for used, name, batch in bills if used.total_tokens), Decimal(0)
        )

    @property
    def model(self) -> str | None:
        """The model that answered; for a batch, the first one's."""
        found = (self.batched or [self.message])[0].get("model")
        return None if found is None else str(found)

    @property
    def finish(self) -> str | None:
        """Why it ended (`stop`, `length`, `tool_calls`, `content_filter`), or None if it never said so."""
        said = self.message
        reason = (said.get("choices") or [{}])[0].get("finish_reason") or said.get("stop_reason")
        return _FINISH.get(str(reason), reason)


def usage_of(reported: Any) -> Usage:
    """A vendor's usage in the course's terms: `input_tokens` includes what was cached or written."""
    if not isinstance(reported, dict):
        return Usage()
    if "prompt_tokens" in reported or "input_tokens_details" in reported:
        return _inclusive(reported)
    read, written = (_int(reported.get(f"cache_{name}_input_tokens")) for name in ("read", "creation"))
    details = reported.get("output_tokens_details") or {}
    return Usage(
        input_tokens=_int(reported.get("input_tokens")) + read + written,
        output_tokens=_int(reported.get("output_tokens")),
        cached_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=_int(details.get("thinking_tokens")),
    )


def _inclusive(reported: dict[str, Any]) -> Usage:
    sent = reported.get("prompt_tokens_details") or reported.get("input_tokens_details") or {}
    made = reported.get("completion_tokens_details") or reported.get("output_tokens_details") or {}
    return Usage(
        input_tokens=_int(reported.get("prompt_tokens", reported.get("input_tokens"))),
        output_tokens=_int(reported.get("completion_tokens", reported.get("output_tokens"))),
        # DeepSeek reports its hits beside the details, not in them.
        cached_tokens=_int(sent.get("cached_tokens")) or _int(reported.get("prompt_cache_hit_tokens")),
        cache_write_tokens=_int(sent.get("cache_write_tokens")),
        reasoning_tokens=_int(made.get("reasoning_tokens")),
    )


def _first_choice(message: dict[str, Any]) -> dict[str, Any]:
    return message["choices"][0].get("message") or message["choices"][0]


def _tool_call(call_id: Any, name: str = "", arguments: str = "", **_: Any) -> dict[str, Any]:
    return {"id": call_id, "name": name, "arguments": parsed(arguments)}


def _int(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
