"""How do bytes leave? Paced streams, and the faults of a transport: cuts, silence, odd types."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from grader.provider.desk import Desk
from grader.provider.script import Fault

CUT = b""  # an empty chunk cannot occur otherwise: it tells the response to drop the connection


@dataclass(frozen=True)
class Event:
    """A piece of a stream; `delta` pieces are the chunks that a script paces and counts."""

    text: str
    delta: bool = False


class Stream(StreamingResponse):
    """A stream that can break: after CUT it returns unfinished, and the server closes the connection."""

    async def stream_response(self, send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self.body_iterator:
            if chunk == CUT:
                return
            data = chunk if isinstance(chunk, bytes | memoryview) else chunk.encode(self.charset)
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def event_stream(events: AsyncIterator[str | bytes]) -> Stream:
    """Server-sent events."""
    return Stream(events, media_type="text/event-stream", headers={"cache-control": "no-cache"})


async def silence(desk: Desk, request: Request) -> None:
    """Says nothing until the client leaves or the server stops."""
    while not desk.closing and not await request.is_disconnected():
        await asyncio.sleep(0.02)


async def paced(
    events: list[Event], desk: Desk, request: Request, chunk: float, fault: Fault | None, error: str
) -> AsyncIterator[str | bytes]:
    """The events in time; `chunk` seconds between deltas, the fault after as many deltas as it says."""
    due = _due(fault, sum(event.delta for event in events))
    said = 0
    for event in events:
        if said == due:
            break
        if event.delta and said:
            await desk.wait(chunk)
        said += event.delta
        yield event.text
    if due is None or fault is None:
        return
    if fault.hang:
        await silence(desk, request)
    if fault.error:
        yield error
    elif not fault.quiet:
        yield CUT


def _due(fault: Fault | None, deltas: int) -> int | None:
    """After how many deltas a fault inside the stream comes, at the latest before the end, or None."""
    if fault is None or (fault.cut is None and fault.after is None):
        return None
    return min(fault.cut if fault.cut is not None else fault.after or 0, deltas)


def whole(made: dict[str, Any], fault: Fault | None) -> Response:
    """A reply that is not streamed, or half of it when a script cuts."""
    response = JSONResponse(made)
    if fault is None or fault.cut is None:
        return response
    return Stream(_half(fault, bytes(response.body)), media_type="application/json")


async def _half(fault: Fault, body: bytes) -> AsyncIterator[str | bytes]:
    """The first half of a body, then the end of the connection."""
    yield body[: len(body) // 2]
    if not fault.quiet:
        yield CUT


async def misbehave(fault: Fault | None, desk: Desk, request: Request) -> Response | None:
    """The response of a fault that needs no reply: silence from the start, or another content type."""
    if fault is None:
        return None
    if fault.hang and fault.after is None:
        await silence(desk, request)
        return Response(status_code=499)
    if fault.content_type:
        text = fault.message or "<html><body><h1>502 Bad Gateway</h1></body></html>"
        return Response(text, media_type=fault.content_type)
    return None
