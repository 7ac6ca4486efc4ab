"""Runs a submission and answers for it. Holds no test, no recording and no verdict: nobody trusts it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from grader.contract.loading import execute
from grader.contract.plain import plain
from grader.grade import transport
from grader.grade.lent import Lender, current
from grader.grade.telling import describe, lines_of, trouble
from grader.grade.wire import Message, Wire
from grader.grade.worker import Worker
from grader.verdict import network


class Runner:
    """Takes the grader's messages: load, call, next, close, cancel and end."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.lender = wire, Lender(wire)
        self.threads: dict[int, Worker] = {0: self._worker()}
        self.folder = ""

    def take(self, message: Message) -> None:
        """Give a message to the thread that it is for; called by the reading thread."""
        number = message["thread"]
        if number not in self.threads:
            self.threads[number] = self._worker()
            threading.Thread(target=self.threads[number].run, daemon=True).start()
        self.threads[number].post(message)

    def _worker(self) -> Worker:
        return Worker(self.wire, self.run_sync, self.run_async, self._ended)

    def _ended(self, message: Message) -> None:
        """The check is over: tell of a reach for the network, if the submission swallowed that."""
        attempts, tried = network.attempts(), network.attempts()[:1]
        attempts.clear()
        if tried:
            self._tell(message, tried[0])
        else:
            self.wire.send({"kind": "stop", "call": message["call"]})

    def run_sync(self, message: Message) -> None:
        """Answer one message that needs no waiting."""
        token = current.set(message["call"])
        try:
            self._answer(message, self._do(message))
        except StopIteration:
            self.wire.send({"kind": "stop", "call": message["call"]})
        except BaseException as error:
            self._tell(message, error)
        finally:
            current.reset(token)

    async def run_async(self, message: Message) -> None:
        """Answer one message inside an event loop."""
        current.set(message["call"])
        try:
            value = self._do(message)
            if message["async"] and hasattr(value, "__await__"):
                value = await value
            elif message["async"] and message["kind"] == "call":
                raise TypeError(f"{message['name']} returned {type(value).__name__}; it must be async")
            self._answer(message, value)
        except (StopIteration, StopAsyncIteration):
            self.wire.send({"kind": "stop", "call": message["call"]})
        except BaseException as error:
            self._tell(message, error)

    def _do(self, message: Message) -> Any:
        kind, target = message["kind"], message.get("target") or ""
        if kind in ("load", "names"):
            return self._load(message) if kind == "load" else self._names(message)
        if kind == "call" and not target:
            function = self.lender.names[message["name"]]
        else:
            function = self.lender.own[target]
        if kind == "next":
            return function.__anext__() if message["async"] else next(function)
        if kind == "close":
            self.lender.own.pop(target)
            closing = getattr(function, "aclose" if message["async"] else "close", None)
            return closing() if closing else None
        args = [self.lender.decode(arg) for arg in message["args"]]
        return function(*args, **{key: self.lender.decode(arg) for key, arg in message["kwargs"].items()})

    def _answer(self, message: Message, value: Any) -> None:
        if message["kind"] in ("load", "names"):
            self.wire.send({**value, "call": message["call"]})
            return
        if hasattr(value, "__await__"):
            raise TypeError(f"{message['name']} is async; it must be a plain function")
        if hasattr(value, "__aiter__") and not callable(value):
            value = aiter(value)
        handle = callable(value) or hasattr(value, "__next__") or hasattr(value, "__anext__")
        shown = self.lender.encode(value if handle else plain(value, message["place"]))
        self.wire.send({"kind": "value", "call": message["call"], "value": shown})

    def _tell(self, message: Message, error: BaseException) -> None:
        words = describe(error, self.folder)
        words |= {part: self.lender.encode(words[part]) for part in ("args", "vars")}
        self.wire.send({"kind": "error", "call": message["call"], "error": words})

    def _load(self, message: Message) -> dict[str, Any]:
        """Execute the submission; tell what is wrong with it, if anything is."""
        file = Path(message["file"])
        self.folder = str(file.parent.parent if file.name == "__init__.py" else file.parent)
        names, broken = execute(message["slug"], [file])
        self.lender.names = names
        return {"kind": "loaded", "broken": trouble(broken, self.folder) if broken else {}}

    def _names(self, message: Message) -> dict[str, Any]:
        """Which of the wanted names the submission lacks, and its constants."""
        names = self.lender.names
        return {
            "kind": "named",
            "missing": [name for name in message["names"] if name not in names],
            "values": {
                name: self._constant(names[name], name) for name in message["values"] if name in names
            },
            "lines": lines_of(names, message["names"]),
        }

    def _constant(self, value: Any, name: str) -> Any:
        """A constant as plain data or a handle; in a list, so that an empty one means "neither"."""
        try:
            return [self.lender.encode(value if callable(value) else plain(value, name))]
        except Exception:
            return []


def main() -> None:
    """Answer until the grader hangs up."""
    wire = Wire.take_over()
    runner = Runner(wire)
    transport.Tap(wire, runner.threads)
    threading.Thread(target=wire.read, args=(runner.take,), daemon=True).start()
    with network.blocked():
        runner.threads[0].run()


if __name__ == "__main__":
    main()
