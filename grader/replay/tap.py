"""Where is the provider tapped? On the HTTP transports of httpx2 and httpx, never on in-process ones."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

from grader.replay import play
from grader.replay.pauses import PAUSE, pausing

if TYPE_CHECKING:
    from grader.replay.tape import Tape

_through = threading.local()


class untapped:
    """Let this thread's requests reach the network: a recording forwards to a real provider."""

    def __enter__(self) -> None:
        _through.open = True

    def __exit__(self, *_: object) -> None:
        _through.open = False


def tap(tape: Tape) -> ExitStack:
    """Patch the transports so that `tape` answers; closing the result puts them back."""
    patches = ExitStack()
    if not tape.recording:
        import httpcore2

        patches.enter_context(mock.patch.object(httpcore2, "default_ssl_context", _one_tls_context()))
        for sdk in pausing():
            patches.enter_context(mock.patch.object(sdk, "INITIAL_RETRY_DELAY", PAUSE))
    for library in _libraries():
        for owner, name, handle in (
            (library.HTTPTransport, "handle_request", _sync),
            (library.AsyncHTTPTransport, "handle_async_request", _async),
        ):
            real = getattr(owner, name)
            patches.enter_context(mock.patch.object(owner, name, handle(library, tape, real)))
    return patches


@cache
def _one_tls_context() -> Any:
    """One TLS context for all clients: reading the certificates takes 17 ms, and a replay needs none."""
    import httpcore2

    return cache(httpcore2.default_ssl_context)


def _libraries() -> list[ModuleType]:
    import httpx2

    try:
        import httpx  # LangChain's clients still use it
    except ImportError:
        return [httpx2]
    return [httpx2, httpx]


def _sync(library: ModuleType, tape: Tape, real: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(transport: Any, request: Any) -> Any:
        if getattr(_through, "open", False):
            return real(transport, request)
        sent = (request.method, str(request.url), dict(request.headers), request.read())
        if tape.recording:
            return _live().respond(library, request, tape.forward(*sent))
        return play.respond(library, request, tape, tape.answer(*sent))

    return handle_request


def _async(library: ModuleType, tape: Tape, real: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(transport: Any, request: Any) -> Any:
        if getattr(_through, "open", False):
            return await real(transport, request)
        sent = (request.method, str(request.url), dict(request.headers), await request.aread())
        if tape.recording:
            return await _live().respond_async(library, request, tape.forward(*sent))
        return await play.respond_async(library, request, tape, tape.answer(*sent))

    return handle_async_request


def _live() -> Any:
    from grader.replay import live  # late: only a recording needs it

    return live
