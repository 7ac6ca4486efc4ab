"""Who asks the provider while recording? One thread per request: its client may leave, nothing is lost."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from grader.replay.ledger import Answer, Call
from grader.replay.steps import Fault, Step, Timing, readable_response
from grader.replay.tap import untapped

if TYPE_CHECKING:
    from grader.replay.tape import Tape

_NOT_FORWARDED = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding")
_NOT_RETURNED = ("content-length", "content-encoding", "connection", "transfer-encoding", "set-cookie")
_CANONICAL = {"openai": "https://api.openai.com", "anthropic": "https://api.anthropic.com"}


class Unreachable(ConnectionError):
    """The provider to record from does not answer at its URL: start it, or correct the URL."""


class Forward(threading.Thread):
    """One request on its way to the provider: hands pieces on as they come, and records the whole answer.

    `inbox` holds, in order, ("head", None), ("piece", bytes) any number of times, then ("end", None) or
    ("fault", Fault); the step is recorded before the last one is put there.
    """

    def __init__(self, tape: Tape, call: Call, headers: Mapping[str, str]) -> None:
        super().__init__(name=f"forward-{call.number}", daemon=True)
        self.tape, self.call = tape, call
        self.inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.status, self.headers = 0, dict[str, str]()
        self.trouble: Exception | None = None
        self.left = threading.Event()
        self._asked = _asked(tape, call, headers)
        self._home = _CANONICAL.get(call.facts.operation.split(".")[0], tape.upstream or "")
        self._body = bytearray()
        self._chunks: list[tuple[float, int]] = []
        self._begun = self._heard = time.perf_counter()
        self._answered = 0.0
        self._one_at_a_time = threading.Lock()
        self._step: Step | None = None

    # The thread: what the provider says.

    def run(self) -> None:
        self._begun = self._heard = time.perf_counter()
        fault = None
        try:
            with untapped(), _client().stream(**self._asked) as response:
                self._head(response)
                for piece in response.iter_raw():
                    self._piece(piece)
        except httpx2.ConnectError as reason:
            fault = Fault("refuse")
            if self.tape.upstream:
                self.trouble = Unreachable(
                    f"{self.tape.upstream} does not answer ({reason}). Start it first."
                )
        except (httpx2.NetworkError, httpx2.RemoteProtocolError):
            fault = Fault("cut", self._events())
        except Exception as reason:  # whatever it is, a client waits for this thread
            fault, self.trouble = Fault("cut", self._events()), reason
        self._finish(fault)

    def _head(self, response: httpx2.Response) -> None:
        self._heard = time.perf_counter()
        self._answered = self._heard - self._begun
        kept = {name: value for name, value in response.headers.items() if name not in _NOT_RETURNED}
        if self.tape.upstream and (response.status_code == 429 or response.status_code >= 500):
            kept["retry-after-ms"] = "1"  # a script's waiting time is for the reader; recording need not wait
        self.status, self.headers = response.status_code, kept
        self.inbox.put(("head", None))

    def _piece(self, piece: bytes) -> None:
        self._heard = time.perf_counter()
        self._body += piece
        self._chunks.append((round(self._heard - self._begun, 3), self._events() or len(self._body)))
        if self._streamed:
            self.inbox.put(("piece", piece))

    def _finish(self, fault: Fault | None) -> bool:
        """Record the step and tell the client; False if that has happened already."""
        with self._one_at_a_time:
            if self._step is not None:
                return False
            body = bytes(self._body)
            if self.tape.upstream:  # a URL inside an answer, such as a batch's results, points at its vendor
                body = body.replace(self.tape.upstream.rstrip("/").encode(), self._home.encode())
            self._step = self._recorded(body, fault)
            if not self.trouble:
                self.tape.engine.record(self._step)
            self.call.step, self.call.reply = self._step, self._step.reply
        if body and not self._streamed:
            self.inbox.put(("piece", body))
        self.inbox.put(("fault", fault) if fault else ("end", None))
        return True

    def _recorded(self, body: bytes, fault: Fault | None) -> Step:
        request = self.call.request()
        if self.tape.upstream and request["url"].startswith(self.tape.upstream):
            request["url"] = self._home + request["url"][len(self.tape.upstream.rstrip("/")) :]
        total = round(time.perf_counter() - self._begun, 3)
        chunks = tuple(self._chunks) if self._streamed else ()
        return Step(
            number=self.call.number,
            request=request,
            response=readable_response(self.status, self.headers, body) if self.status else None,
            name=self.headers.get("x-stand-in-step"),
            repeat=self.tape.repeats or "once",
            timing=Timing(round(self._answered, 3), total, chunks),
            fault=fault,
        )

    @property
    def _streamed(self) -> bool:
        return "json" not in self.headers.get("content-type", "")

    def _events(self) -> int:
        """The complete server-sent events received so far; 0 for a body that is none."""
        if not self.headers.get("content-type", "").startswith("text/event-stream"):
            return 0
        return self._body.count(b"\n\n") + self._body.count(b"\r\n\r\n")

    # The client's side.

    def time_out(self) -> None:
        """The client's own timeout struck: record that, whatever the provider may still say."""
        if self._finish(Fault("timeout", self._events())):
            self.call.error = "timeout"

    def leave(self, *, complete: bool) -> None:
        """The client has the whole answer, or goes without it; in that case the thread reads on."""
        if not self.left.is_set():
            self.left.set()
            self.call.cancelled = not complete and not self.call.error
            self.tape.landed(self.call)

    def settle(self, drain: float, *, all_: bool = False) -> None:
        """Wait until an answer that its client left is recorded; `drain` seconds of silence are a hang."""
        if not (all_ or self.left.is_set()):
            return
        while self._step is None:
            if time.perf_counter() - self._heard > drain:
                self._finish(Fault("hang", self._events()))
            self.join(0.01)

    def answer(self) -> Answer:
        """The whole answer, for clients that take no streams."""
        self.settle(float("inf"), all_=True)
        if self.trouble:
            raise self.trouble
        assert self._step is not None
        return Answer(self.call, self._step, self.tape.landed)


def _asked(tape: Tape, call: Call, headers: Mapping[str, str]) -> dict[str, Any]:
    """The request as it goes out: to the stand-in's address with the scenario's name, or unchanged."""
    sent = {name: value for name, value in headers.items() if name.lower() not in _NOT_FORWARDED}
    sent["accept-encoding"] = "identity"  # a compressed body may not be readable on another machine
    url = call.url
    if tape.upstream:
        target = urlsplit(call.url)
        url = tape.upstream.rstrip("/") + target.path + (f"?{target.query}" if target.query else "")
        sent["x-stand-in-scenario"] = tape.scenario or ""
        sent["x-stand-in-voice"] = str(tape.voice or 1)
    return {"method": call.method, "url": url, "headers": sent, "content": call.raw}


@cache
def _client() -> httpx2.Client:
    # No timeout and no limit of connections here: the client under test brings its own, and they decide.
    # Nor cookies: one test's session must not travel with the next test's request.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.Client(timeout=None, limits=httpx2.Limits(max_connections=None), cookies=no_cookies)
