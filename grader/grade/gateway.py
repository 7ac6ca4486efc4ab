"""Answers a submission's HTTP requests from the tape, one chunk at a time, as its client asks for them.

`grader.replay.play` turns a recorded answer into a response of an HTTP library. Here that library is a small
stand-in, so that pauses, hangs, cuts and cancelled calls are the same in both grading modes.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.grade.protocol import Violation

if TYPE_CHECKING:
    from grader.replay.ledger import Answer
    from grader.replay.tape import Tape

Message = dict[str, Any]
MOST = 500  # requests open at once


class Fault(Exception):
    """A recorded fault; its class has the name of the exception that the HTTP library raises for it."""

    def __init__(self, words: str, request: Any = None) -> None:
        super().__init__(words)
        self.request = request


class Library:
    """What `play` uses of `httpx2`: responses, streams, and the exceptions of a connection that breaks."""

    class SyncByteStream: ...

    class AsyncByteStream: ...

    class Response:
        def __init__(self, status: int, headers: dict[str, str], stream: Any) -> None:
            self.status, self.headers, self.stream = status, headers, stream

    ReadTimeout = type("ReadTimeout", (Fault,), {})
    RemoteProtocolError = type("RemoteProtocolError", (Fault,), {})
    ConnectError = type("ConnectError", (Fault,), {})


class Request:
    """What `play` uses of a request: the client's own timeouts, in seconds."""

    def __init__(self, timeout: Message) -> None:
        self.extensions = {"timeout": timeout}


class Gateway:
    """The open requests of one process. Used in the reading thread only."""

    def __init__(self, send: Callable[[Message], None], failed: Callable[[BaseException], None]) -> None:
        self.send, self.failed = send, failed
        self.open: dict[int, Exchange] = {}

    def start(self, tape: Tape | None, question: Message) -> None:
        """Note the request in the ledger and begin to answer it."""
        number = question["id"]
        if tape is None:
            words = "no check is running: a file calls no model while it is imported"
            self.send({"kind": "fault", "id": number, "type": "ConnectError", "text": words})
            return
        if len(self.open) >= MOST:
            raise Violation(f"it has more than {MOST} requests open at once")
        exchange = Exchange(self, number, tape.answer(*_request(question)))
        self.open[number] = exchange
        exchange.begin(tape, Request(_timeout(question["timeout"])))

    def more(self, number: int) -> None:
        if number in self.open:
            self.open[number].wanted.set()

    def close(self, number: int) -> None:
        """The client reads no further."""
        if number in self.open:
            self.open.pop(number).leave()

    def close_all(self) -> None:
        for number in list(self.open):
            self.close(number)


class Exchange:
    """One request being answered."""

    def __init__(self, gateway: Gateway, number: int, answer: Answer) -> None:
        self.gateway, self.number, self.answer = gateway, number, answer
        self.wanted = asyncio.Event()
        self.stream: Any = None

    def begin(self, tape: Tape, request: Request) -> None:
        self.task = asyncio.get_running_loop().create_task(self._serve(tape, request))

    def leave(self) -> None:
        """End the call in the ledger at once, so that the check finds it ended, then stop the task."""
        self.answer.close(cancelled=not getattr(self.stream, "complete", False))
        self.task.cancel()

    async def _serve(self, tape: Tape, request: Request) -> None:
        from grader.replay import play

        try:
            response = await play.respond_async(Library, request, tape, self.answer)  # type: ignore[arg-type]
            self.stream = response.stream
            self._say("head", status=response.status, headers=list(response.headers.items()))
            await self._chunks()
            self.stream.close()
            self._say("end")
        except Fault as fault:
            self._say("fault", type=type(fault).__name__, text=str(fault))
        except asyncio.CancelledError:
            raise
        except BaseException as reason:
            self.gateway.failed(reason)
        finally:
            self.gateway.open.pop(self.number, None)

    async def _chunks(self) -> None:
        """Hand out a chunk whenever one is asked for; the question after the last one gets the end."""
        chunks = aiter(self.stream)
        while True:
            await self.wanted.wait()
            self.wanted.clear()
            try:
                chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            self._say("chunk", data=b64encode(chunk).decode())

    def _say(self, kind: str, **fields: Any) -> None:
        self.gateway.send({"kind": kind, "id": self.number, **fields})


def _request(question: Message) -> tuple[str, str, dict[str, str], bytes]:
    """Method, URL, headers and body. Raises Violation for fields of another shape."""
    pairs = question["headers"]
    if not all(type(pair) is list and len(pair) == 2 and all(type(x) is str for x in pair) for pair in pairs):
        raise Violation("the headers of a request are not pairs of text")
    try:
        body = b64decode(question["body"], validate=True)
    except ValueError:
        raise Violation("the body of a request is not base64") from None
    return question["method"], question["url"], dict(pairs), body


def _timeout(said: Message) -> Message:
    if not all(type(value) in (int, float, type(None)) for value in said.values()):
        raise Violation("a timeout is not a number of seconds")
    return said
