"""What is on the tape? One recorded exchange: the request, the reply, how long it took, how it went wrong."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from grader.replay.facts import Facts, facts
from grader.replay.reply import Reply
from grader.replay.sse import split_events

REPEATS = ("once", "samples", "any")
FAULTS = ("timeout", "hang", "cut", "refuse")
KEPT_HEADERS = ("content-type", "retry-after", "x-request-id", "request-id", "x-should-retry")


@dataclass(frozen=True)
class Fault:
    """How an exchange broke, and `after` how many events; before the headers if there is no response."""

    kind: str
    after: int = 0


@dataclass(frozen=True)
class Timing:
    """Seconds since the request started; `chunks` pairs an offset with the events (or bytes) by then."""

    headers: float = 0.0
    total: float = 0.0
    chunks: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Step:
    """One recorded exchange; `response` is None when the fault left nothing to say."""

    number: int
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None = None
    name: str | None = None
    repeat: str = "once"
    timing: Timing = Timing()
    fault: Fault | None = None
    shown_facts: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def facts(self) -> Facts:
        """What the recorded request means, computed anew: `shown_facts` are the ones written in the file."""
        return facts(self.request["method"], self.path, self.sent)

    @property
    def sent(self) -> Any:
        """The recorded request's body: parsed JSON, the text of another body, or None."""
        if "form" in self.request:
            return "\n".join(str(value) for value in self.request["form"].values())
        return self.request.get("body", self.request.get("text"))

    @property
    def path(self) -> str:
        return urlsplit(self.request["url"]).path

    @cached_property
    def reply(self) -> Reply | None:
        """What a client can receive of this step: all of it, the part before a cut, or nothing."""
        if self.response is None:
            return None
        body = wire_body(self.response)
        if self.fault and self.fault.kind in ("cut", "hang"):
            body = "".join(split_events(body.decode("utf-8", "replace"))[: self.fault.after]).encode()
        return Reply(int(self.response["status"]), dict(self.response.get("headers") or {}), body)

    def chunks(self, body: bytes | None = None) -> list[tuple[float, bytes]]:
        """The reply's pieces with their offsets in seconds, as recorded; a stream breaks between events."""
        if self.reply is None:
            return []
        body = self.reply.body if body is None else body
        if self.reply.streamed:
            return _streamed(split_events(body.decode("utf-8", "replace")), self.timing)
        return [(offset, piece) for offset, piece in _sliced(body, self.timing) if piece]


def _streamed(events: list[str], timing: Timing) -> list[tuple[float, bytes]]:
    if not timing.chunks:
        return [(timing.headers, event.encode()) for event in events]
    pieces, start = [], 0
    for offset, end in timing.chunks:
        if start < min(end, len(events)):
            pieces.append((offset, "".join(events[start:end]).encode()))
            start = end
    if start < len(events):
        pieces.append((timing.total, "".join(events[start:]).encode()))
    return pieces


def _sliced(body: bytes, timing: Timing) -> Iterable[tuple[float, bytes]]:
    start = 0
    for offset, end in timing.chunks:
        yield offset, body[start:end]
        start = max(start, end)
    yield timing.total, body[start:]


def wire_body(response: Mapping[str, Any]) -> bytes:
    """The bytes of a recorded response, whichever of the four readable forms holds them."""
    if "body" in response:
        return json.dumps(response["body"], ensure_ascii=False).encode()
    if "base64" in response:
        return base64.b64decode(response["base64"])
    return str(response.get("sse", response.get("text")) or "").encode()


def readable_response(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """A response as a cassette keeps it: parsed JSON, a stream's text, other text, or base64 for the rest."""
    kept = {name: value for name, value in headers.items() if _keeps(name.lower())}
    response: dict[str, Any] = {"status": status, "headers": kept}
    return response | readable_body(kept.get("content-type", ""), body)


def readable_body(content_type: str, body: bytes) -> dict[str, Any]:
    """A body under the name of its form: `body`, `sse`, `text` or `base64`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    if content_type.startswith("text/event-stream"):
        return {"sse": text.replace("\r\n", "\n")}
    if "json" in content_type and "jsonl" not in content_type:
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()  # YAML cannot hold a lone surrogate either
        except ValueError:
            return {"text": text}
        return {"body": pack_vectors(value)}
    return {"text": text}


def pack_vectors(body: Any) -> Any:
    """The body with every embedding as base64 of little-endian 32-bit floats: shorter and quick to load."""
    return _with_vectors(body, lambda vector: vector if isinstance(vector, str) else pack(vector))


def unpack_vectors(body: Any) -> Any:
    """The body with every embedding as a list of floats, for a client that did not ask for base64."""
    return _with_vectors(body, lambda vector: unpack(vector) if isinstance(vector, str) else vector)


def pack(vector: Iterable[float]) -> str:
    numbers = list(vector)
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def unpack(text: str) -> list[float]:
    data = base64.b64decode(text)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def _with_vectors(body: Any, change: Any) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return body
    items = [
        {**item, "embedding": change(item["embedding"])}
        if isinstance(item, dict) and "embedding" in item
        else item
        for item in body["data"]
    ]
    return {**body, "data": items}


def _keeps(name: str) -> bool:
    # An allow-list: a vendor's new header must not reach a recording before somebody looked at it.
    return name in KEPT_HEADERS or name.startswith(("x-ratelimit-", "anthropic-ratelimit-"))
