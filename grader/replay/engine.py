"""vcrpy as the engine: its cassette holds the steps, its record modes decide, its patchers cover the rest.

Our own tap covers httpx2 and httpx, because vcrpy buffers streams and hides concurrency there.
For requests, urllib3, urllib and aiohttp its patchers ask `Engine`, which asks the tape.
It imports vcrpy (0.1 s on top of an SDK), so the tape imports it late: only who opens a tape pays for it.
"""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcr.cassette import Cassette as Container
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.record_mode import RecordMode
from vcr.request import Request

from grader.replay import cassette as files
from grader.replay.cassette import Cassette
from grader.replay.steps import Step, wire_body

if TYPE_CHECKING:
    from grader.replay.ledger import Answer
    from grader.replay.tape import Tape

OUR_OWN = ("httpx", "httpx2")


class Documents:
    """vcrpy's persister for our format: reads a recording, or starts an empty one, and writes it whole."""

    def __init__(self, fresh: bool) -> None:
        self.fresh = fresh

    def load_cassette(
        self, path: str, serializer: Any
    ) -> tuple[list[Request], list[dict[str, Any]], dict[str, Any]]:
        if self.fresh:
            raise CassetteNotFoundError  # a new recording never mixes with the old one
        document: Cassette = serializer.load(path)
        requests = [_request(step) for step in document.steps]
        return requests, [{"step": step} for step in document.steps], dict(document.head)

    def save_cassette(self, path: str, content: dict[str, Any], serializer: Any) -> None:
        steps = sorted((response["step"] for response in content["responses"]), key=lambda step: step.number)
        serializer.save(path, Cassette(content["metadata"], tuple(steps)))


class Engine(Container):
    """vcrpy's cassette of one tape; the tape finds what to play, because vcrpy scans and knows no facts."""

    tape: Tape

    @property
    def steps(self) -> list[Step]:
        return sorted((response["step"] for response in self.responses), key=lambda step: step.number)

    @property
    def head(self) -> dict[str, Any]:
        return self._metadata

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Keep one interaction; steps never change, so vcrpy's deep copy is left out."""
        self.data.append((request, response))
        self.dirty = True

    def record(self, step: Step) -> None:
        self.append(_request(step), {"step": step})

    def can_play_response_for(self, request: Request) -> bool:  # noqa: ARG002 - vcrpy's signature
        """Always: a request without an answer is a miss, never a call behind the tape's back."""
        return True

    def play_response(self, request: Request) -> dict[str, Any]:
        answer = self.tape.answer(request.method, request.uri, dict(request.headers), _body_of(request))
        with answer:
            return _response(answer)


def options(path: Path | None, *, fresh: bool) -> dict[str, Any]:
    """What vcrpy is told: a replay records nothing, a recording starts empty."""
    return {
        "path": str(path) if path else "",
        "persister": Documents(fresh or path is None),
        "serializer": files,
        "record_mode": RecordMode.ONCE if fresh else RecordMode.NONE,
        "skip_patchers": OUR_OWN,
    }


def _request(step: Step) -> Request:
    body = wire_body(step.request) if step.sent is not None else None
    return Request(step.request["method"], step.request["url"], body, {})


def _body_of(request: Request) -> bytes:
    """The bytes of a body; vcrpy keeps it as bytes, a file, pieces, or (from aiohttp) an object for JSON."""
    body = request.body.read() if hasattr(request.body, "read") else request.body
    if body is None or isinstance(body, bytes | bytearray):
        return bytes(body or b"")
    if isinstance(body, dict):
        return json.dumps(body).encode()
    return b"".join(piece.encode() if isinstance(piece, str) else bytes(piece) for piece in body)


def _response(answer: Answer) -> dict[str, Any]:
    """The answer as vcrpy's stubs want it; they know no streams, so a fault strikes before the first byte."""
    if answer.fault:
        raise _ERRORS[answer.fault.kind]("the recording breaks here")
    return {
        "status": {"code": answer.status, "message": http.client.responses.get(answer.status, "")},
        "headers": {name: [value] for name, value in answer.headers.items()},
        "body": {"string": b"".join(piece for _, piece in answer.chunks)},
    }


_ERRORS: dict[str, type[Exception]] = {
    "timeout": TimeoutError,
    "hang": TimeoutError,
    "cut": http.client.RemoteDisconnected,
    "refuse": ConnectionRefusedError,
}
