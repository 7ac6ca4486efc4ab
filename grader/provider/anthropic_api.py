"""What happens to an Anthropic request? Check, choose, look up the cache, answer in time."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grader.provider import anthropic_wire as wire
from grader.provider.anthropic_rules import check_messages, check_version
from grader.provider.ask import Ask, from_anthropic
from grader.provider.caching import Look, PromptCache
from grader.provider.desk import Desk
from grader.provider.errors import ProviderError, scripted
from grader.provider.openai_api import owner, read_json
from grader.provider.speech import Reply
from grader.provider.transport import event_stream, misbehave, paced, whole


def authorize(headers: dict[str, str]) -> str:
    """The API version; any key will do, in either header, none will not. Raises 401 or 400."""
    key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not key:
        raise ProviderError(401, "x-api-key or Authorization: Bearer header is required")
    return check_version(headers)


class Anthropic:
    """The vendor's message endpoints on top of a desk and a cache."""

    def __init__(self, desk: Desk, cache: PromptCache) -> None:
        self.desk = desk
        self.cache = cache

    async def messages(self, request: Request) -> Response:
        """POST /v1/messages, streamed or not."""
        headers, body = dict(request.headers), await read_json(request)
        check_messages(body, authorize(headers))
        ask = from_anthropic(body, headers)
        reply, look = self.begin(body, ask)
        request.state.step = reply.name
        if (odd := await misbehave(reply.fault, self.desk, request)) is not None:
            return odd
        if failure := scripted(reply.fault):
            raise failure
        await self.desk.wait(reply.delay + look.prefill)
        self.cache.store(look)
        made = self.finish(ask, reply, look)
        if ask.stream:
            late = scripted(reply.fault, late=True)
            error = wire.error_event(late.anthropic(request.state.request_id)) if late else ""
            events = wire.events(*made)
            return event_stream(paced(events, self.desk, request, reply.chunk, reply.fault, error))
        await self.desk.wait(reply.chunk * sum(event.delta for event in wire.events(*made)))
        return whole(wire.message(*made), reply.fault)

    def complete(self, body: dict[str, Any], headers: dict[str, str], version: str) -> dict[str, Any]:
        """The unstreamed reply at once, as a batch needs it. Raises ProviderError."""
        check_messages(body, version)
        ask = from_anthropic({**body, "stream": False}, headers)
        reply, look = self.begin(body, ask)
        if failure := scripted(reply.fault):
            raise failure
        self.cache.store(look)
        return wire.message(*self.finish(ask, reply, look))

    def begin(self, body: dict[str, Any], ask: Ask) -> tuple[Reply, Look]:
        """The reply, and what the cache knows of the prompt on arrival; `max_tokens: 0` only warms it."""
        look = self.cache.look(owner(ask.headers), ask.model, wire.prompt(body))
        return Reply("", finish="length") if ask.limit == 0 else self.desk.reply(ask), look

    def finish(self, ask: Ask, reply: Reply, look: Look) -> tuple[Any, ...]:
        """Head, ask, reply, cache look and tool call ids: what the wire needs to write the reply."""
        head = {"id": self.desk.new_id("msg_", ask.headers), "model": ask.model}
        return head, ask, reply, look, [self.desk.new_id("toolu_", ask.headers) for _ in reply.calls]

    async def count_tokens(self, request: Request) -> Response:
        """POST /v1/messages/count_tokens."""
        headers, body = dict(request.headers), await read_json(request)
        check_messages(body, authorize(headers), counting=True)
        total = PromptCache(self.desk.clock).look("", body["model"], wire.prompt(body)).total
        return JSONResponse({"input_tokens": total})

    def routes(self) -> APIRouter:
        """The paths; the base URL of this vendor ends before `/v1`."""
        router = APIRouter()
        router.add_api_route("/v1/messages", self.messages, methods=["POST"], response_model=None)
        router.add_api_route(
            "/v1/messages/count_tokens", self.count_tokens, methods=["POST"], response_model=None
        )
        return router
