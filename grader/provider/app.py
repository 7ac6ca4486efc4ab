"""Who answers on which path? The FastAPI application: routes, labels, errors in vendors' shapes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.provider.anthropic_api import Anthropic
from grader.provider.anthropic_batches import MessageBatches
from grader.provider.caching import PromptCache
from grader.provider.catalogue import Catalogue
from grader.provider.desk import Desk
from grader.provider.embeddings import Embeddings
from grader.provider.errors import ProviderError
from grader.provider.files import Files
from grader.provider.generate import Generate
from grader.provider.library import Library, UnknownScenario
from grader.provider.openai_api import OpenAI
from grader.provider.openai_batches import Batches
from grader.provider.script import ScriptError


class Room(Protocol):
    """What brings routes of its own."""

    def routes(self) -> APIRouter: ...


LABEL = ("x-stand-in", "stateless")


class Labelled:
    """Marks every response as the stand-in's, and numbers it as its vendor would."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app = app
        self.desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = self.desk.new_id("req_", dict(headers))
        scope.setdefault("state", {})["request_id"] = request_id
        name = "request-id" if anthropic(scope["path"], headers) else "x-request-id"

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                found[LABEL[0]] = LABEL[1]
                found[name] = request_id
                if step := scope["state"].get("step"):
                    found["x-stand-in-step"] = step
            await send(message)

        await self.app(scope, receive, labelled)


def anthropic(path: str, headers: Headers) -> bool:
    """Whether a request is meant for Anthropic: by its path, or by the header that only its clients send."""
    return path.startswith("/v1/messages") or "anthropic-version" in headers


def create_app(
    library: Library | None = None,
    *,
    voice: int = 1,
    pace: float = 1.0,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """The stand-in provider; `voice` speaks when a request names none, `pace` scales scripted seconds."""
    desk = Desk(library, voice=voice, pace=pace, clock=clock)
    cache = PromptCache(clock)
    app = FastAPI(title="Stand-in provider", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.add_middleware(Labelled, desk=desk)
    chat, messages, files = OpenAI(desk, cache), Anthropic(desk, cache), Files(desk)
    rooms: list[Room] = [chat, messages, files, Embeddings(desk), Generate(desk), Catalogue(desk)]
    rooms += [Batches(desk, files, chat), MessageBatches(desk, messages)]
    for room in rooms:
        app.include_router(room.routes())
    app.add_exception_handler(ProviderError, _refused)
    app.add_exception_handler(HTTPException, _not_here)
    for kind in (ScriptError, UnknownScenario):
        app.add_exception_handler(kind, _mistake)
    return app


def _render(request: Request, error: ProviderError, **more: str) -> Response:
    """An error in the shape of the vendor that was addressed."""
    if anthropic(request.url.path, request.headers):
        body: dict[str, Any] = error.anthropic(request.state.request_id)
    else:
        body = error.openai()
    return JSONResponse(body, error.status, headers={**error.headers(), **more})


async def _refused(request: Request, error: Any) -> Response:
    return _render(request, error)


async def _mistake(request: Request, error: Any) -> Response:
    """A mistake in a script: said in words, and never worth a retry."""
    return _render(request, ProviderError(400, f"Stand-in: {error.args[0]}"), **{"x-should-retry": "false"})


async def _not_here(request: Request, error: Any) -> Response:
    """A path or method that the stand-in does not speak."""
    text = f"Stand-in: {request.method} {request.url.path} is not spoken here. GET / lists what is."
    return _render(request, ProviderError(error.status_code, text), **{"x-should-retry": "false"})
