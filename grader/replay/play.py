"""How does a recorded answer reach the client? Response streams with the recorded pauses, cuts and hangs."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import cache
from types import AsyncGeneratorType, ModuleType
from typing import TYPE_CHECKING, Any

from grader.replay.ledger import Answer

if TYPE_CHECKING:
    from grader.replay.tape import Tape

# An answer waits until no further call has started for so long: calls made together are then in flight
# together, even if their tasks pass a thread on the way (the SDKs look up the platform in one).
QUIET = 0.01
PATIENCE = 30  # looks, QUIET apart or, where the machine is busy, further: it slows the calls down as well
TURNS = 8  # of the event loop, after which a task that can go on has made its call


def respond(library: ModuleType, request: Any, tape: Tape, answer: Answer) -> Any:
    """The recorded answer as a response of `library` (httpx2 or httpx), or its fault as its exception."""
    stream = _stream(library)(library, request, answer, tape.scale)
    try:
        _settle(tape)
        _sleep(answer.timing.headers * tape.scale)
        return stream.response()
    except BaseException:
        stream.close()
        raise


async def respond_async(library: ModuleType, request: Any, tape: Tape, answer: Answer) -> Any:
    """As `respond`, awaiting: a cancelled wait counts as a cancelled call."""
    stream = _stream(library)(library, request, answer, tape.scale)
    try:
        await _settle_async(tape)
        await asyncio.sleep(answer.timing.headers * tape.scale)
        if not answer.status and answer.fault and answer.fault.kind == "hang":
            await stream.hang()
        return stream.response()
    except BaseException:
        stream.close()
        raise


class _Played:
    """The body of one answer; becomes a stream class of the HTTP library by `_stream`."""

    def __init__(self, library: ModuleType, request: Any, answer: Answer, scale: float) -> None:
        self.library, self.request, self.answer, self.scale = library, request, answer, scale
        self.complete = False

    def response(self) -> Any:
        """The response whose body this is. Raises the fault when nothing was answered before it."""
        if not self.answer.status:
            raise self.fault()
        return self.library.Response(self.answer.status, headers=self.answer.headers, stream=self)

    def fault(self) -> Exception:
        """The exception that the library raises for the recorded fault."""
        kind = self.answer.fault.kind if self.answer.fault else "cut"
        self.answer.close(error=kind)
        return broken(self.library, self.request, kind)

    def __iter__(self) -> Iterator[bytes]:
        for pause, piece in self._due():
            _sleep(pause)
            yield piece
        if self.answer.fault:
            # A synchronous call cannot be cancelled, so its hang ends as its timeout would end it.
            raise self.fault()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for pause, piece in self._due():
            await asyncio.sleep(pause)
            yield piece
        if self.answer.fault and self.answer.fault.kind == "hang":
            await self.hang()
        if self.answer.fault:
            raise self.fault()

    async def hang(self) -> None:
        """Wait until the client gives up: by cancelling, or by its own read timeout in seconds."""
        limit = (self.request.extensions.get("timeout") or {}).get("read")
        try:
            await asyncio.wait_for(asyncio.Event().wait(), limit)
        except TimeoutError:
            raise self.fault() from None

    def close(self) -> None:
        self.answer.close(cancelled=not self.complete)

    async def aclose(self) -> None:
        self.close()

    def _due(self) -> Iterator[tuple[float, bytes]]:
        """Each piece with the seconds still to wait for it; the last one completes the answer."""
        started = time.perf_counter() - self.answer.timing.headers * self.scale
        chunks = self.answer.chunks
        self.complete = not chunks and not self.answer.fault
        for index, (offset, piece) in enumerate(chunks):
            # Set before handing it out: a client that stops at the closing event has had everything.
            self.complete = index == len(chunks) - 1 and not self.answer.fault
            yield max(0.0, started + offset * self.scale - time.perf_counter()) if self.scale else 0.0, piece


def broken(library: ModuleType, request: Any, kind: str) -> Exception:
    """The exception that `library` raises for a fault: the SDKs turn it into theirs."""
    name, words = _FAULTS[kind]
    return getattr(library, name)(words, request=request)


_FAULTS = {
    "timeout": ("ReadTimeout", "the recorded call timed out"),
    "hang": ("ReadTimeout", "the recorded call never answered"),
    "cut": ("RemoteProtocolError", "peer closed connection without sending complete message body"),
    "refuse": ("ConnectError", "the recorded host refused the connection"),
}


@cache
def _stream(library: ModuleType) -> type[_Played]:
    return type("Played", (_Played, library.SyncByteStream, library.AsyncByteStream), {})


def _sleep(seconds: float) -> None:
    if seconds > 0:
        time.sleep(seconds)


def _settle(tape: Tape) -> None:
    """Let other threads start their calls; a program without further threads does not wait."""
    if threading.active_count() - tape.bystanders <= tape.flying:
        return
    seen = -1
    for _ in range(PATIENCE):
        if seen == len(tape.calls):
            return
        seen = len(tape.calls)
        time.sleep(QUIET)


# Where a task waits, by the coroutines of asyncio, of anyio and of this file.
WAITS = {
    "respond_async": "answer",
    "to_thread": "thread",
    "run_sync_in_worker_thread": "thread",
    "sleep": "time",
}


async def _settle_async(tape: Tape) -> None:
    """Let other tasks start their calls; where none can start one before an answer comes, it only yields."""
    looks = still = 0
    while looks < PATIENCE:
        seen = len(tape.calls)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if seen != len(tape.calls):
            still = 0
            continue
        waits = Counter(
            _waits_for(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()
        )
        # Some of the unknown wait for answers of their own; more of them than that may be on their way.
        hidden = waits["unknown"] > tape.flying - 1 - waits["answer"]
        if not waits["thread"] and (still >= 4 or not (waits["time"] or hidden)):
            return
        still += not waits["thread"]
        looks += 1
        await asyncio.sleep(QUIET)


def _waits_for(task: asyncio.Task[Any]) -> str:
    """What a task waits for: an answer of the tape, a thread, time, or something that others have to do ("").

    Into an asynchronous generator that is not suspended nobody can look: "unknown".
    """
    at: Any = task.get_coro()
    while at is not None:
        name = getattr(at, "__name__", "")
        if name in WAITS:
            return WAITS[name]
        if type(at).__name__.startswith("async_generator_"):
            at = _inside(at)
            if at is None:
                return "unknown"
        at = (
            getattr(at, "cr_await", None)
            or getattr(at, "gi_yieldfrom", None)
            or getattr(at, "ag_await", None)
        )
    return ""


def _inside(step: Any) -> AsyncGeneratorType[Any, Any] | None:
    """The suspended asynchronous generator that a step (`anext()`) goes on with; only the collector knows."""
    found = [made for made in gc.get_referents(step) if isinstance(made, AsyncGeneratorType)]
    return found[0] if found and found[0].ag_await is not None else None
