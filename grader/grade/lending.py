"""What crosses between a test and a submission besides plain data: callables and iterators, as handles.

The process uses the test's callables through `answer`; the submission's (an ASGI app, a generator) become
stand-ins of ours, whose results are plain data again.
"""

from __future__ import annotations

import asyncio
import builtins
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.contract.plain import plain
from grader.grade.lent import is_async
from grader.grade.protocol import Violation
from grader.grade.raising import SubmissionError, SubmissionGone, place, revive
from grader.grade.values import CALLED, PLAIN, NotWire, decode, encode

if TYPE_CHECKING:
    from grader.grade.parent import Child
    from grader.grade.remote import Remote

Message = dict[str, Any]


class Lending:
    """The handles of one submission. `trusted` are the reference's names, `shown` the folder as handed in."""

    def __init__(self, remote: Remote, trusted: dict[str, Any], shown: Path) -> None:
        self.remote, self.trusted, self.shown = remote, trusted, shown
        self.lent: dict[str, Any] = {}
        self.raised: dict[int, BaseException] = {}

    def forget(self) -> None:
        """The check is over: its callables are no longer for use."""
        self.lent.clear()
        self.raised.clear()

    # Values out, values in.

    def encode(self, value: Any) -> Any:
        return encode(value, self._lend, plain)

    def decode(self, value: Any, tags: tuple[str, ...] = PLAIN) -> Any:
        """A value that the process sent. Raises Violation for anything but plain data and handles."""
        try:
            return decode(value, self._borrow, tags)
        except NotWire as reason:
            self.remote.end(SubmissionGone(f"The submission's process broke the protocol: {reason}."))
            raise self.remote.verdict() from None

    def result(self, message: Message) -> Any:
        """The value of a final answer; an error is raised."""
        if message["kind"] == "value":
            return self.decode(message["value"])
        if message["kind"] == "stop":
            raise SubmissionError("StopIteration")
        raise self.error(message["error"])

    def error(self, words: dict[str, Any]) -> BaseException:
        """The exception that the process tells of, or the test's own one that went through it."""
        asked = words.get("asked")
        if type(asked) is int and asked in self.raised:
            return self.raised[asked]
        told = {**words, "args": self.decode(words.get("args")), "vars": self.decode(words.get("vars"))}
        try:
            error = revive(told, self.trusted)
            error.remote_place = place(words["place"], self.remote.folder, self.shown)  # type: ignore[attr-defined]
            return error
        except Violation as reason:
            self.remote.end(SubmissionGone(f"The submission's process broke the protocol: {reason}."))
            return self.remote.verdict()

    def _lend(self, kind: str, value: Any) -> dict[str, Any]:
        handle = secrets.token_hex(8)
        self.lent[handle] = value
        if kind == "call":
            name = getattr(value, "__name__", type(value).__name__)
            return {"$call": handle, "async": is_async(value), "name": str(name)}
        return {f"${kind}": handle}

    # The test's callables, used by the process.

    def answer(self, message: Message) -> None:
        """Run in this thread what a callback asks for; what is raised and no Exception ends the check."""
        try:
            value = self._use(message)
            if isawaitable(value):
                value = asyncio.run(_wait(value))
            self._reply(message, value=self.encode(value))
        except StopIteration:
            self._reply(message, stop=True)
        except Exception as error:
            self._reply(message, error=self._words(message["id"], error))

    async def answer_async(self, message: Message) -> None:
        """As `answer`, in the event loop of the test."""
        try:
            value = self._use(message)
            if isawaitable(value):
                value = await value
            self._reply(message, value=self.encode(value))
        except (StopIteration, StopAsyncIteration):
            self._reply(message, stop=True)
        except Exception as error:
            self._reply(message, error=self._words(message["id"], error))
        except asyncio.CancelledError:
            raise
        except BaseException as reason:
            self.remote.end(reason)

    def _use(self, message: Message) -> Any:
        if message["target"] not in self.lent:
            raise LookupError("this callable belongs to a check that is over")
        target = self.lent[message["target"]]
        if message["how"] == "next":
            return target.__anext__() if hasattr(target, "__anext__") else next(target)
        args = [self.decode(arg, CALLED) for arg in message["args"]]
        return target(*args, **{key: self.decode(arg, CALLED) for key, arg in message["kwargs"].items()})

    def _reply(self, message: Message, **fields: Any) -> None:
        self.remote.tell({"kind": "answer", "id": message["id"], **fields})

    def _words(self, number: int, error: Exception) -> Message:
        self.raised[number] = error
        known = [
            k.__name__
            for k in type(error).__mro__
            if getattr(builtins, k.__name__, self.trusted.get(k.__name__)) is k
        ]
        try:
            args = self.encode(list(error.args))
        except Exception:
            args = [str(error)]
        return {"type": known[0], "args": args, "text": str(error), "asked": number}

    # The submission's callables and iterators, used by the test.

    def _borrow(self, tag: str, handle: Message) -> Any:
        target, child = handle.get(tag), self.remote.child
        if (
            type(target) is not str
            or set(handle) - {tag, "async"}
            or type(handle.get("async", False)) is not bool
        ):
            raise NotWire(f"{tag} has the fields {sorted(handle)[:9]}")
        assert child is not None
        if tag == "$call":
            return self._callable(target, child, handle.get("async", False))
        return self._items_async(target, child) if tag == "$aiter" else self._items(target, child)

    def _callable(self, target: str, child: Child, asynchronous: bool) -> Callable[..., Any]:
        def question(args: Any, kwargs: Any) -> Message:
            self._same(child)
            return {**self.call("the callable", args, kwargs, asynchronous), "target": target}

        async def ask_async(*args: Any, **kwargs: Any) -> Any:
            return self.result(await self.remote.ask_async(**question(args, kwargs)))

        def ask(*args: Any, **kwargs: Any) -> Any:
            return self.result(self.remote.ask(**question(args, kwargs)))

        return ask_async if asynchronous else ask

    def call(self, name: str, args: Any, kwargs: Any, asynchronous: bool) -> Message:
        """The question that a call puts."""
        return {
            "kind": "call",
            "name": name,
            "place": f"{name}()",
            "target": None,
            "async": asynchronous,
            "args": [self.encode(arg) for arg in args],
            "kwargs": {key: self.encode(arg) for key, arg in kwargs.items()},
        }

    def _items(self, target: str, child: Child) -> Iterator[Any]:
        about = {"target": target, "async": False, "name": "the iterator", "place": "an item"}
        try:
            while (answer := self.remote.ask(kind="next", **about))["kind"] != "stop":
                yield self.result(answer)
        finally:
            if self._open(child):
                self.remote.ask(kind="close", **about)

    async def _items_async(self, target: str, child: Child) -> AsyncIterator[Any]:
        about = {"target": target, "async": True, "name": "the iterator", "place": "an item"}
        try:
            while (answer := await self.remote.ask_async(kind="next", **about))["kind"] != "stop":
                yield self.result(answer)
        finally:
            if self._open(child):
                await self.remote.ask_async(kind="close", **about)

    def _open(self, child: Child) -> bool:
        return child is self.remote.child and not child.dead and self.remote.ended is None

    def _same(self, child: Child) -> None:
        if child is not self.remote.child or child.dead:
            raise SubmissionGone("This object belongs to a process of the submission that has ended.")


async def _wait(value: Any) -> Any:
    return await value
