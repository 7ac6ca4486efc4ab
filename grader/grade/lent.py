"""Stand-ins, in the submission's process, for the callables and iterators that a test passed in."""

from __future__ import annotations

import builtins
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

from grader.grade.values import decode, encode
from grader.grade.wire import Message, Wire
from grader.grade.worker import here

current: ContextVar[str] = ContextVar("current", default="")  # the call in which this code runs


class CallbackError(Exception):
    """A test's callable raised an error of a class that this process does not know."""


class Lender:
    """Turns handles into stand-ins and own objects into handles. `names` are those of the submission."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.names: dict[str, Any] = {}
        self.own: dict[str, Any] = {}  # handle -> the submission's object that the grader may use

    def encode(self, value: Any) -> Any:
        return encode(value, self.lend, _reduced)

    def decode(self, value: Any) -> Any:
        return decode(value, self.borrow)

    def lend(self, kind: str, value: Any) -> dict[str, Any]:
        """A handle for an object of the submission."""
        handle = f"h{len(self.own) + 1}"
        self.own[handle] = value
        if kind == "call":
            return {"$call": handle, "async": is_async(value)}
        return {f"${kind}": handle}

    def borrow(self, tag: str, handle: dict[str, Any]) -> Any:
        """A stand-in for an object of the test."""
        name = handle[tag]
        if tag == "$call":
            stub = self._call_async(name) if handle["async"] else self._call(name)
            stub.__name__ = stub.__qualname__ = handle.get("name", "callback")
            return stub
        return self._items_async(name) if tag == "$aiter" else self._items(name)

    def _call(self, target: str) -> Callable[..., Any]:
        def callback(*args: Any, **kwargs: Any) -> Any:
            return self._result(self._ask(self._question(target, "call", args, kwargs)))

        return callback

    def _call_async(self, target: str) -> Callable[..., Any]:
        async def callback(*args: Any, **kwargs: Any) -> Any:
            return self._result(await self._ask_async(self._question(target, "call", args, kwargs)))

        return callback

    def _items(self, target: str) -> Iterator[Any]:
        while not (answer := self._ask(self._question(target, "next"))).get("stop"):
            yield self._result(answer)

    async def _items_async(self, target: str) -> AsyncIterator[Any]:
        while not (answer := await self._ask_async(self._question(target, "next"))).get("stop"):
            yield self._result(answer)

    def _question(self, target: str, how: str, args: Any = (), kwargs: Any = None) -> Message:
        return {
            "kind": "callback",
            "call": current.get(),
            "target": target,
            "how": how,
            "args": [self.encode(arg) for arg in args],
            "kwargs": {key: self.encode(arg) for key, arg in (kwargs or {}).items()},
        }

    def _ask(self, question: Message) -> Message:
        worker = getattr(here, "worker", None)
        if worker is None:  # a thread that the submission started
            answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
            number = self.wire.ask(question, answers.put)
            answer = answers.get()
        else:
            number = self.wire.ask(question, worker.post)
            answer = worker.wait(number)
        self.wire.forget(number)
        return answer

    async def _ask_async(self, question: Message) -> Message:
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[Message] = loop.create_future()

        def settle(answer: Message) -> None:
            if not future.done():
                future.set_result(answer)

        number = self.wire.ask(question, lambda answer: loop.call_soon_threadsafe(settle, answer))
        try:
            return await future
        except asyncio.CancelledError:
            self.wire.send({"kind": "cancel", "id": number})
            raise
        finally:
            self.wire.forget(number)

    def _result(self, answer: Message) -> Any:
        if "error" in answer:
            raise self._error(answer["error"])
        return self.decode(answer["value"])

    def _error(self, words: dict[str, Any]) -> BaseException:
        """The error that the test's callable raised; `asked` lets the grader raise its own object again."""
        known = self.names.get(words["type"]) or getattr(builtins, words["type"], None)
        kind = known if isinstance(known, type) and issubclass(known, Exception) else CallbackError
        try:
            error: BaseException = kind(*self.decode(words["args"]))
        except Exception:
            error = CallbackError(words["text"])
        error.asked = words["asked"]  # type: ignore[attr-defined]
        return error


def is_async(value: Any) -> bool:
    """Whether calling `value` gives something to await, as far as can be told without calling it."""
    from inspect import iscoroutinefunction

    return iscoroutinefunction(value) or iscoroutinefunction(getattr(value, "__call__", None))  # noqa: B004


def _reduced(value: Any) -> Any:
    from grader.contract.plain import plain

    return plain(value)
