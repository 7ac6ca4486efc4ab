"""Who waits for an answer in the test's process: a thread or a task. The test's callables run there too."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from grader.grade.raising import SubmissionGone

if TYPE_CHECKING:
    from grader.grade.remote import Remote

Message = dict[str, Any]
_numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_threads: dict[int, int] = {}


class Pending(Protocol):
    """A question without its final answer yet. The methods are called in the reading thread."""

    nonce: str
    place: dict[str, int | None]

    def deliver(self, message: Message) -> None: ...

    def cancel_callback(self, number: int) -> None: ...


def here() -> dict[str, int | None]:
    """The thread (0 is the main one), the running event loop and the task, as numbers, or None.

    The process runs what one of our tasks asks for in one task of its own: a time-out or a context variable
    inside an async generator holds from one item to the next only there.
    """
    main = threading.current_thread() is threading.main_thread()
    thread = 0 if main else _threads.setdefault(threading.get_ident(), len(_threads) + 1)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return {"thread": thread, "loop": None, "task": None}
    return {"thread": thread, "loop": _number(loop), "task": _number(asyncio.current_task())}


def _number(thing: Any) -> int | None:
    return None if thing is None else _numbers.setdefault(thing, len(_numbers) + 1)


def still(asked: Asked | AskedAsync) -> None:
    """Tell the process that the task which had its answer now waits for something else, or is done."""
    asked.remote.tell({"kind": "idle", "call": asked.nonce, **asked.place})


class Asked:
    """A question of a thread that waits."""

    def __init__(self, remote: Remote, thread: int | None = None) -> None:
        self.remote, self.nonce = remote, ""
        self.place = here() if thread is None else {"thread": thread, "loop": None, "task": None}
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def deliver(self, message: Message) -> None:
        self.inbox.put(message)

    def cancel_callback(self, number: int) -> None:
        """What runs in a thread cannot be cancelled."""

    def wait(self, limit: float | None = None) -> Message:
        """The final answer; callbacks run meanwhile. After `limit` seconds the process counts as hung."""
        until = None if limit is None else time.monotonic() + limit
        try:
            while True:
                message = self.inbox.get(
                    timeout=None if until is None else max(0.0, until - time.monotonic())
                )
                if message["kind"] == "lost":
                    raise self.remote.verdict()
                if message["kind"] != "callback":
                    if self.place["loop"] is not None:
                        asyncio.get_running_loop().call_soon(still, self)
                    return message
                self.remote.lending.answer(message)
        except queue.Empty:
            self.remote.end(SubmissionGone(f"The submission's process did not answer within {limit:g} s."))
            raise self.remote.verdict() from None
        except BaseException as reason:  # the time limit of the check, or an outcome that a callback raised
            self.remote.end(reason)
            raise


class AskedAsync:
    """A question of a task, in its event loop."""

    def __init__(self, remote: Remote) -> None:
        self.remote, self.nonce = remote, ""
        self.place = here()
        self.loop = asyncio.get_running_loop()
        self.final: asyncio.Future[Message] = self.loop.create_future()
        self.callbacks: dict[int, asyncio.Task[None]] = {}
        self.cancelled = False

    def deliver(self, message: Message) -> None:
        self._in_loop(self._callback if message["kind"] == "callback" else self._settle, message)

    def cancel_callback(self, number: int) -> None:
        self._in_loop(self._cancel, number)

    async def wait(self) -> Message:
        """The final answer. A cancelled task tells the process, which may clean up before it answers."""
        while True:
            try:
                message = await asyncio.shield(self.final)
                break
            except asyncio.CancelledError:
                self.cancelled = True
                self.remote.tell({"kind": "cancel", "call": self.nonce, **self.place})
        self.loop.call_soon(still, self)
        if message["kind"] == "lost":
            raise self.remote.verdict()
        if self.cancelled and message["kind"] == "error" and _is_cancelled(message["error"]):
            raise asyncio.CancelledError
        return message

    def _in_loop(self, take: Any, argument: Any) -> None:
        with suppress(RuntimeError):  # the test's loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(take, argument)

    def _settle(self, message: Message) -> None:
        if not self.final.done():
            self.final.set_result(message)

    def _callback(self, message: Message) -> None:
        task = self.loop.create_task(self.remote.lending.answer_async(message))
        self.callbacks[message["id"]] = task
        task.add_done_callback(lambda _: self.callbacks.pop(message["id"], None))

    def _cancel(self, number: int) -> None:
        if number in self.callbacks:
            self.callbacks[number].cancel()


def _is_cancelled(words: dict[str, Any]) -> bool:
    names = words.get("names")
    return type(names) is list and names[:1] == ["CancelledError"]
