"""How does a test use a learner's web app? As a browser would: ask, read the events, leave in the middle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

ASGIApp = Callable[..., Awaitable[None]]


class AppHangs(AssertionError):
    """The app was still busy long after the visitor was done with it."""


@dataclass
class Visit:
    """What a visitor got: the status, the body's text, and what of it is server-sent events."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def events(self) -> list[tuple[str, Any]]:
        """The complete events as (name, data); data that is JSON is parsed."""
        blocks = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")[:-1]
        return [event for block in blocks if (event := _event(block))]

    @property
    def names(self) -> list[str]:
        """The names of the events in order."""
        return [name for name, _ in self.events]

    @property
    def data(self) -> list[Any]:
        """The data of the events in order."""
        return [data for _, data in self.events]


async def visit(
    app: ASGIApp,
    path: str,
    *,
    leave_after: int | None = None,
    within: float = 9.0,
    posting: bytes | None = None,
    **query: str,
) -> Visit:
    """GET `path` of an ASGI app, or POST the JSON in `posting` to it.

    The visitor leaves after `leave_after` events, or stays to the end.

    Raises AppHangs when the app is not done `within` seconds.
    """
    seen, gone, asked = Visit(), asyncio.Event(), False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": posting or b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]
            seen.headers = {name.decode(): value.decode() for name, value in message.get("headers", [])}
        elif not gone.is_set():  # what is sent to somebody who has left is lost
            seen.body += message.get("body", b"")
            enough = leave_after is not None and len(seen.events) >= leave_after
            if enough or not message.get("more_body", False):
                gone.set()

    scope = _scope(path, query, posting)
    try:
        await asyncio.wait_for(app(scope, receive, send), within)
    except TimeoutError:
        raise AppHangs(
            f"{scope['method']} {path} was still busy after {within} s; it had sent {seen.names}."
        ) from None
    return seen


def _scope(path: str, query: dict[str, str], posting: bytes | None) -> dict[str, Any]:
    sent = [(b"content-type", b"application/json"), (b"content-length", str(len(posting or b"")).encode())]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET" if posting is None else "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(query).encode(),
        "headers": [
            (b"host", b"course"),
            (b"accept", b"text/event-stream"),
            *(sent if posting is not None else []),
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("course", 80),
    }


def _event(block: str) -> tuple[str, Any] | None:
    """One block of an event stream; comments and pings have no data and count for nothing."""
    fields = [line.partition(":") for line in block.split("\n") if line and not line.startswith(":")]
    data = [value.removeprefix(" ") for name, _, value in fields if name == "data"]
    if not data:
        return None
    name = next((value.strip() for name, _, value in fields if name == "event"), "message")
    try:
        return name, json.loads("\n".join(data))
    except ValueError:
        return name, "\n".join(data)
