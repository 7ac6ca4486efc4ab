"""One thread of the submission's process: it runs calls, in an event loop where the test had one.

A call comes with the numbers of the test's thread, event loop and task, so that a submission finds the same
threads, loops and tasks here as it would inside the test's own process.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from grader.grade.wire import Message, Wire

if TYPE_CHECKING:
    import asyncio

here = threading.local()  # `here.worker`: the Worker of this thread, if it is one


class Worker:
    """Takes messages in order; `run_sync`, `run_async` and `ended` are what it does with them."""

    def __init__(
        self,
        wire: Wire,
        run_sync: Callable[[Message], None],
        run_async: Callable[[Message], Coroutine[Any, Any, None]],
        ended: Callable[[Message], None],
    ) -> None:
        self.wire, self.run_sync, self.run_async, self.ended = wire, run_sync, run_async, ended
        self.inbox: SimpleQueue[Message] = SimpleQueue()
        self.deferred: deque[Message] = deque()  # for after the loop has stopped
        self.answers: dict[int, Message] = {}  # for the synchronous waits further up this thread's stack
        self.loop: asyncio.AbstractEventLoop | None = None
        self.key: int | None = None
        self.inside = False
        self.drivers: dict[int | None, asyncio.Queue[Message]] = {}  # by the number of the test's task
        self.tasks: dict[str, asyncio.Task[None]] = {}  # by the call that runs in them

    def post(self, message: Message) -> None:
        """Give this thread a message, from any thread."""
        self.inbox.put(message)
        loop = self.loop
        if loop is not None:
            with suppress(RuntimeError):  # it has just been closed: `run` will see the message
                loop.call_soon_threadsafe(self._pump)

    def run(self) -> None:
        """Take messages for ever."""
        here.worker = self
        while True:
            self._take(self.deferred.popleft() if self.deferred else self.inbox.get())

    def wait(self, number: int) -> Message:
        """Block until question `number` is answered, and run the calls that arrive meanwhile."""
        while number not in self.answers:
            self._take(self.inbox.get(), nested=True)
        return self.answers.pop(number)

    def _pump(self) -> None:
        while not self.deferred and not self.inbox.empty():
            self._take(self.inbox.get())

    def _take(self, message: Message, nested: bool = False) -> None:
        kind, key = message["kind"], message.get("loop")
        if kind == "answer":
            self.answers[message["id"]] = message
        elif kind == "cancel":
            if message["call"] in self.tasks:
                self.tasks[message["call"]].cancel()
        elif kind == "idle":
            pass  # the next call came first
        elif self.inside and (kind == "end" or (key != self.key and not nested)):
            # Another loop, or none, was running in the test: leave this one first.
            self.deferred.append(message)
            assert self.loop is not None
            self.loop.stop()
        elif kind == "end":
            self._close()
            self.ended(message)
        elif key is None or (nested and not message["async"]):
            self.run_sync(message)
        else:
            self._in_loop(message, key)

    def _in_loop(self, message: Message, key: int) -> None:
        import asyncio  # late: many a submission is synchronous, and this costs 40 ms

        if self.loop is None or key != self.key:
            self._close()
            self.loop, self.key = asyncio.new_event_loop(), key
            asyncio.set_event_loop(self.loop)
            self.loop.call_soon(self._pump)
        if self.inside:
            self._start(message)
            return
        self.loop.call_soon(self._start, message)
        self.inside = True
        try:
            self.loop.run_forever()
        finally:
            self.inside = False

    def _start(self, message: Message) -> None:
        import asyncio

        assert self.loop is not None
        number = message["task"]
        if number not in self.drivers:
            self.drivers[number] = asyncio.Queue()
            self.loop.create_task(self._drive(self.drivers[number]))
        self.drivers[number].put_nowait(message)

    async def _drive(self, calls: asyncio.Queue[Message]) -> None:
        """Run what one task of the test asks for, one after the other, until the loop is closed."""
        import asyncio

        task = asyncio.current_task()
        assert task is not None
        while self.loop is not None:
            message = await calls.get()
            self.tasks[message["call"]] = task
            try:
                await self.run_async(message)
            finally:
                del self.tasks[message["call"]]
            while task.cancelling():
                task.uncancel()
            self._hold(message["call"], calls)

    def _hold(self, call: str, calls: asyncio.Queue[Message]) -> None:
        """Keep this loop still until the test's task, which has its answer now, asks again or waits.

        In one process a call that returns, or an item that is yielded, lets no other task run; neither here,
        or a client that blocks the loop would look like one that does not.
        """
        self._run_blocking(calls)
        while calls.empty() and not self.deferred:
            message = self.inbox.get()
            if message["kind"] == "idle" and message["call"] == call:
                return
            # A synchronous call of another task is run here and now: the test's own loop waits for it.
            self._take(message, nested=True)

    def _run_blocking(self, mine: asyncio.Queue[Message]) -> None:
        """Run the synchronous calls that other tasks have been given: the test's own loop waits for them."""
        for calls in self.drivers.values():
            for _ in range(0 if calls is mine else calls.qsize()):
                message = calls.get_nowait()
                if message["async"]:
                    calls.put_nowait(message)
                else:
                    self.run_sync(message)

    def _close(self) -> None:
        """Cancel what still runs in the loop and close it, as the end of a test does."""
        loop, self.loop, self.key = self.loop, None, None
        self.drivers.clear()
        if loop is None:
            return
        import asyncio

        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()
