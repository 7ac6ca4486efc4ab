"""Sends every HTTP request of a submission to the grader, which answers it from the tape.

The transports of `httpx2` and `httpx` are patched as they are imported: an SDK takes up to a second, which a
submission that calls no model need not pay for. Chunks are asked for one by one, so that a client that stops
reading is seen to stop, and requests in flight overlap as they do inside a test's process.
"""

from __future__ import annotations

import importlib.util
import queue
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.grade.wire import Message, Wire
from grader.replay.pauses import PAUSE, pausing

if TYPE_CHECKING:
    import asyncio

LIBRARIES = ("httpx2", "httpx")
QUIET = 0.002  # seconds
BUSY = 0.0002  # seconds of processor time within that: somebody is still on the way to a request
PATIENCE = 0.5
TASKS = Path("/proc/self/task")


class Tap:
    """A finder that patches an HTTP library right after it has been imported."""

    def __init__(self, wire: Wire, workers: Sized) -> None:
        self.wire, self.workers = wire, workers
        self.started = self.flying = 0
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, *_: Any) -> Any:
        if name not in LIBRARIES:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                patch(self, module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def settle(self) -> None:
        """Let other threads start their requests, as replay does inside a test's process."""
        foreign = threading.active_count() - len(self.workers) - 1  # the submission's own; one reads the pipe
        if foreign + len(self.workers) - self.flying <= 0:
            return
        until, seen, busy = time.perf_counter() + PATIENCE, -1, False
        while (busy or seen != self.started or others_run()) and time.perf_counter() < until:
            seen, used = self.started, time.process_time()
            time.sleep(QUIET)
            busy = time.process_time() - used > BUSY

    async def settle_async(self) -> None:
        """Let other tasks start their requests."""
        import asyncio

        await asyncio.sleep(0)
        until, seen, busy = time.perf_counter() + PATIENCE, -1, False
        while (busy or seen != self.started or others_run()) and time.perf_counter() < until:
            if len(asyncio.all_tasks()) <= self.flying:
                return
            seen, used = self.started, time.process_time()
            await asyncio.sleep(QUIET)
            busy = time.process_time() - used > BUSY


def others_run() -> bool:
    """Whether another thread is at work outside the interpreter, or kept from it by a busy machine."""
    mine = str(threading.get_native_id())
    try:
        stats = [(task / "stat").read_text() for task in TASKS.iterdir() if task.name != mine]
    except OSError:  # it has just ended; or there is no such folder, outside Linux
        return False
    return any(stat.rpartition(")")[2].split()[0] in ("R", "D") for stat in stats)


def patch(tap: Tap, library: Any) -> None:
    """Answer `HTTPTransport` and `AsyncHTTPTransport` of a library through the wire."""
    chunks, chunks_async = _streams(library)

    def handle_request(_: Any, request: Any) -> Any:
        exchange = Exchange(tap, library)
        head = exchange.start(_question(request, b"".join(request.stream)))
        return library.Response(head["status"], headers=_headers(head), stream=chunks(exchange))

    async def handle_async_request(_: Any, request: Any) -> Any:
        body = b"".join([part async for part in request.stream])
        exchange = ExchangeAsync(tap, library)
        head = await exchange.start(_question(request, body))
        return library.Response(head["status"], headers=_headers(head), stream=chunks_async(exchange))

    library.HTTPTransport.handle_request = handle_request
    library.AsyncHTTPTransport.handle_async_request = handle_async_request


def _streams(library: Any) -> tuple[type, type]:
    """A response's body as each kind of client reads it; both are made of an exchange."""

    class Chunks(library.SyncByteStream):
        def __init__(self, exchange: Exchange) -> None:
            self.exchange = exchange

        def __iter__(self) -> Iterator[bytes]:
            while (chunk := self.exchange.more()) is not None:
                yield chunk

        def close(self) -> None:
            self.exchange.close()

    class ChunksAsync(library.AsyncByteStream):
        def __init__(self, exchange: ExchangeAsync) -> None:
            self.exchange = exchange

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while (chunk := await self.exchange.more()) is not None:
                yield chunk

        async def aclose(self) -> None:
            self.exchange.close()

    return Chunks, ChunksAsync


def _question(request: Any, body: bytes) -> Message:
    return {
        "kind": "http",
        "method": request.method,
        "url": str(request.url),
        "headers": [list(pair) for pair in request.headers.multi_items()],
        "body": b64encode(body).decode(),
        "timeout": dict(request.extensions.get("timeout") or {}),
    }


def _headers(head: Message) -> list[tuple[str, str]]:
    return [(name, value) for name, value in head["headers"]]


class Exchange:
    """One request and its answers, for a thread that waits."""

    def __init__(self, tap: Tap, library: Any) -> None:
        self.tap, self.library, self.number, self.open = tap, library, 0, False
        self.answers: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def start(self, question: Message) -> Message:
        """Send the request; returns status and headers, or raises the fault that the tape holds."""
        self._sent(self.tap.wire.ask(question, self.answers.put))
        self.tap.settle()
        return self._checked(self.answers.get())

    def more(self) -> bytes | None:
        """The next chunk, or None at the end."""
        if not self.open:
            return None
        self.tap.wire.send({"kind": "more", "id": self.number})
        return self._chunk(self._checked(self.answers.get()))

    def close(self) -> None:
        """Tell the grader that nobody reads on."""
        if self.open:
            self._landed()
            self.tap.wire.send({"kind": "close", "id": self.number})

    def _sent(self, number: int) -> None:
        self.number, self.open = number, True
        self.tap.started += 1
        self.tap.flying += 1

    def _landed(self) -> None:
        self.open = False
        self.tap.flying -= 1
        self.tap.wire.forget(self.number)

    def _checked(self, answer: Message) -> Message:
        if answer["kind"] != "fault":
            return answer
        self._landed()
        for sdk in pausing():
            vars(sdk)["INITIAL_RETRY_DELAY"] = PAUSE
        known = getattr(self.library, answer["type"], None)
        kind = known if isinstance(known, type) and issubclass(known, Exception) else ConnectionError
        raise kind(answer["text"])

    def _chunk(self, answer: Message) -> bytes | None:
        if answer["kind"] == "end":
            self._landed()
            return None
        return b64decode(answer["data"])


class ExchangeAsync(Exchange):
    """One request and its answers, for a task that awaits; a cancelled task closes it."""

    async def start(self, question: Message) -> Message:  # type: ignore[override]
        import asyncio  # late: a synchronous client does not need it

        loop = asyncio.get_running_loop()
        self.arrived: asyncio.Queue[Message] = asyncio.Queue()
        deliver = self.arrived.put_nowait
        self._sent(self.tap.wire.ask(question, lambda answer: loop.call_soon_threadsafe(deliver, answer)))
        try:
            await self.tap.settle_async()
        except BaseException:
            self.close()
            raise
        return self._checked(await self._next())

    async def more(self) -> bytes | None:  # type: ignore[override]
        if not self.open:
            return None
        self.tap.wire.send({"kind": "more", "id": self.number})
        return self._chunk(self._checked(await self._next()))

    async def _next(self) -> Message:
        try:
            return await self.arrived.get()
        except BaseException:
            self.close()
            raise
