"""How does a provider's answer reach the client while it is recorded? Piece by piece, as it comes."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncIterator, Iterator
from functools import cache
from types import ModuleType
from typing import Any

from grader.replay.forward import Forward
from grader.replay.play import broken

POLL = 0.002


def respond(library: ModuleType, request: Any, forward: Forward) -> Any:
    """The provider's answer as a response of `library`, as soon as its headers are there."""
    stream = _stream(library)(library, request, forward)
    try:
        stream.take(stream.wait())
        return stream.response()
    except BaseException:
        stream.close()
        raise


async def respond_async(library: ModuleType, request: Any, forward: Forward) -> Any:
    """As `respond`, awaiting: a cancelled wait counts as a cancelled call."""
    stream = _stream(library)(library, request, forward)
    try:
        stream.take(await stream.wait_async())
        return stream.response()
    except BaseException:
        stream.close()
        raise


class _Live:
    """The body of one answer on its way; becomes a stream class of the HTTP library by `_stream`."""

    def __init__(self, library: ModuleType, request: Any, forward: Forward) -> None:
        self.library, self.request, self.forward = library, request, forward
        self.limit = (request.extensions.get("timeout") or {}).get("read")
        self.complete = False

    def response(self) -> Any:
        return self.library.Response(self.forward.status, headers=self.forward.headers, stream=self)

    def take(self, item: tuple[str, Any]) -> bytes:
        """The bytes of an item of the inbox. Raises what the library raises for a fault."""
        kind, value = item
        if kind == "fault":
            self.forward.call.error = value.kind
            raise broken(self.library, self.request, value.kind)
        self.complete = kind == "end"
        return value if kind == "piece" else b""

    def wait(self) -> tuple[str, Any]:
        try:
            return self.forward.inbox.get(timeout=self.limit)
        except queue.Empty:
            self.forward.time_out()
            return self.forward.inbox.get()

    async def wait_async(self) -> tuple[str, Any]:
        # Polled: a thread that waits in the loop's own executor would keep the loop from closing.
        until = time.perf_counter() + self.limit if self.limit else float("inf")
        while True:
            try:
                return self.forward.inbox.get_nowait()
            except queue.Empty:
                if time.perf_counter() > until:
                    self.forward.time_out()
                await asyncio.sleep(POLL)

    def __iter__(self) -> Iterator[bytes]:
        while not self.complete:
            if piece := self.take(self.wait()):
                yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.complete:
            if piece := self.take(await self.wait_async()):
                yield piece

    def close(self) -> None:
        if not self.complete and not self.forward.left.is_set():
            self.complete = self._at_end()
        self.forward.leave(complete=self.complete)

    async def aclose(self) -> None:
        self.close()  # without awaiting: a cancelled client may not wait any more

    def _at_end(self) -> bool:
        """Whether only the end was left to read: the SDKs stop at a stream's closing event."""
        try:
            return self.forward.inbox.get(timeout=0.05)[0] == "end"
        except queue.Empty:
            return False


@cache
def _stream(library: ModuleType) -> type[_Live]:
    return type("Live", (_Live, library.SyncByteStream, library.AsyncByteStream), {})
