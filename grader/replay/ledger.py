"""What did the learner's code really send? One live call, and the answer that the tape gave it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from functools import cached_property
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from grader.models import UnknownTier, capabilities
from grader.replay.facts import Facts, facts, messages_of, texts_of
from grader.replay.reply import Reply
from grader.replay.steps import Fault, Step, Timing, unpack_vectors

_HOSTS = {"api.openai.com": "openai", "api.anthropic.com": "anthropic", "api.deepseek.com": "deepseek"}
# What stands in a key's variable while a check runs: the variable's own name.
PLACEHOLDER = re.compile(r"(?:Bearer )?offline-([A-Z_]+)")
_SECRET_HEADERS = ("authorization", "x-api-key", "cookie", "proxy-authorization")
Line = tuple[str, int, str]  # file, line, function


@dataclass(eq=False)
class Call:
    """One request of the code under test, as it was sent: `number` counts from 1 in start order."""

    number: int
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)
    step: Step | None = field(default=None, repr=False)
    reply: Reply | None = field(default=None, repr=False)
    cancelled: bool = False
    error: str | None = None
    stack: tuple[Line, ...] = field(default=(), repr=False)  # who sent it, innermost first; () from elsewhere

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @cached_property
    def body(self) -> Any:
        """The parsed JSON body, or None for a body that is not JSON."""
        try:
            return json.loads(self.raw) if self.raw else None
        except ValueError:
            return None

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a multipart body, files as text; empty for any other body."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            return {}
        message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + self.raw)
        parts: Any = message.get_payload()
        named = ((part.get_param("name", header="content-disposition"), part) for part in parts)
        return {str(name): part.get_payload(decode=True).decode("utf-8", "replace") for name, part in named}

    @cached_property
    def facts(self) -> Facts:
        return facts(self.method, self.path, self.sent)

    @property
    def sent(self) -> Any:
        """The body as facts read it: parsed JSON, else its text, else None."""
        if self.body is not None or not self.raw:
            return self.body
        return "\n".join(self.form.values()) if self.form else self.raw.decode("utf-8", "replace")

    @property
    def provider(self) -> str:
        """`openai`, `anthropic`, `deepseek`, `llama`: by host, else by model, else by wire format."""
        known = _HOSTS.get(urlsplit(self.url).hostname or "")
        try:
            return known or capabilities(str(self.facts.model)).provider
        except UnknownTier:
            return self.facts.operation.split(".")[0]

    @cached_property
    def messages(self) -> list[dict[str, str]]:
        """The conversation sent, as role and text; the system prompt comes first."""
        return messages_of(self.body)

    @property
    def text(self) -> str:
        """All text sent, one part per line."""
        return "\n".join(texts_of(self.sent))

    @property
    def tier(self) -> str | None:
        return self.facts.tier

    @property
    def model(self) -> str | None:
        return self.facts.model

    def request(self) -> dict[str, Any]:
        """The request as a cassette keeps it: method, URL, and the body in its readable form."""
        kept: dict[str, Any] = {"method": self.method, "url": self.url}
        if self.body is not None:
            return kept | {"body": self.body}
        if self.form:
            return kept | {"form": self.form}
        return kept | ({"text": self.sent} if self.sent else {})


def note_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with lower-case names, and with keys masked: a ledger is printed when a check fails.

    A placeholder stays, so that one can see whose key went to whom.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: "***" if _secret(name, value) else value for name, value in lower.items()}


def _secret(name: str, value: str) -> bool:
    return name in _SECRET_HEADERS and not PLACEHOLDER.fullmatch(value)


class Answer:
    """What the tape says to one call; close it when the client is done: until then it is in flight."""

    def __init__(self, call: Call, step: Step, done: Callable[[Call], None]) -> None:
        reply = step.reply
        self.call, self.step = call, step
        self.status = reply.status if reply else 0
        self.headers = _headers(reply) if reply else {}
        self.chunks = step.chunks(_body(call, reply)) if reply else []
        self.timing: Timing = step.timing
        self.fault: Fault | None = step.fault
        self._done: Callable[[Call], None] | None = done

    def close(self, *, cancelled: bool = False, error: str | None = None) -> None:
        """End the call: `cancelled` when the client left before the end, `error` when a fault struck."""
        done, self._done = self._done, None
        if done:
            self.call.cancelled, self.call.error = cancelled, error
            done(self.call)

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(error=self.fault.kind if self.fault else None)


def _headers(reply: Reply) -> dict[str, str]:
    headers = dict(reply.headers)
    if reply.status in (408, 409, 429) or reply.status >= 500:
        # The SDKs obey this one before `retry-after`, which stays readable: a replay never waits.
        headers["retry-after-ms"] = "1"
    return headers


def _body(call: Call, reply: Reply) -> bytes:
    """The reply's bytes in the form that this client asked for: embeddings are recorded as base64."""
    asked = call.body if isinstance(call.body, dict) else {}
    if call.facts.operation != "openai.embeddings" or asked.get("encoding_format") == "base64":
        return reply.body
    return json.dumps(unpack_vectors(reply.json)).encode()


def stack() -> tuple[Line, ...]:
    """The lines that are being run in this thread, innermost first: through them a request is sent."""
    frame, found = sys._getframe(1), []
    while frame is not None:
        found.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(found)


class NoSuchCall(IndexError):
    """A check looks at a call that the code did not make."""


class Calls(list[Call]):
    """The calls in the order of their start. One that was not made is told as that, not as an index."""

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and not -len(self) <= index < len(self):
            made = {0: "no call", 1: "one call"}.get(len(self), f"{len(self)} calls")
            raise NoSuchCall(f"your code made {made} to the model")
        return super().__getitem__(index)
