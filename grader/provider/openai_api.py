"""What happens to an OpenAI request? Chat completions: check, choose, look up the cache, answer in time."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from grader.models import Usage
from grader.provider import openai_wire as wire
from grader.provider.ask import Ask, from_openai
from grader.provider.caching import Look, PromptCache
from grader.provider.desk import Desk, run
from grader.provider.errors import ProviderError, scripted
from grader.provider.openai_rules import check_chat
from grader.provider.speech import Reply
from grader.provider.transport import event_stream, misbehave, paced, whole


def authorize(headers: dict[str, str]) -> None:
    """Any key will do, none will not. Raises 401."""
    if not headers.get("authorization", "").removeprefix("Bearer ").strip():
        raise ProviderError(401, "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.")


def owner(headers: dict[str, str]) -> str:
    """Whose cache this is: the recording and its scenario, else the account behind the key."""
    key = headers.get("authorization") or headers.get("x-api-key") or ""
    return "|".join([run(headers), headers.get("x-stand-in-scenario", ""), key])


class OpenAI:
    """The vendor's chat endpoint on top of a desk and a cache."""

    def __init__(self, desk: Desk, cache: PromptCache) -> None:
        self.desk = desk
        self.cache = cache

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions, streamed or not."""
        headers, body = dict(request.headers), await read_json(request)
        authorize(headers)
        check_chat(body)
        ask = from_openai(body, headers)
        replies, look = self.begin(body, ask)
        first = replies[0]
        request.state.step = first.name
        if (odd := await misbehave(first.fault, self.desk, request)) is not None:
            return odd
        if failure := scripted(first.fault):
            raise failure
        await self.desk.wait(first.delay + look.prefill)
        self.cache.store(look)
        made = self.finish(body, ask, replies, look)
        if ask.stream:
            late = scripted(first.fault, late=True)
            error = wire.error_event(late.openai()) if late else ""
            chunks = wire.chunks(*made)
            return event_stream(paced(chunks, self.desk, request, first.chunk, first.fault, error))
        await self.desk.wait(first.chunk * sum(event.delta for event in wire.chunks(*made)))
        return whole(wire.completion(*made), first.fault)

    def complete(self, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        """The unstreamed reply at once, as a batch needs it. Raises ProviderError."""
        check_chat(body)
        ask = from_openai({**body, "stream": False}, headers)
        replies, look = self.begin(body, ask)
        if failure := scripted(replies[0].fault):
            raise failure
        self.cache.store(look)
        return wire.completion(*self.finish(body, ask, replies, look))

    def begin(self, body: dict[str, Any], ask: Ask) -> tuple[list[Reply], Look]:
        """The replies (one per choice) and what the cache knows of the prompt on arrival."""
        look = self.cache.look(owner(ask.headers), ask.model, wire.prompt(body))
        return [self.desk.reply(ask) for _ in range(body.get("n") or 1)], look

    def finish(self, body: dict[str, Any], ask: Ask, replies: list[Reply], look: Look) -> tuple[Any, ...]:
        """Head, body, ask, replies, tool call ids and usage: what the wire needs to write the reply."""
        usage = Usage(
            input_tokens=look.total,
            output_tokens=sum(reply.output_tokens(ask.provider) for reply in replies),
            cached_tokens=look.read,
            cache_write_tokens=look.written,
            reasoning_tokens=sum(reply.reasoning for reply in replies),
        )
        identity = self.desk.new_id("chatcmpl-", ask.headers)
        head = {"id": identity, "created": int(self.desk.clock()), "model": ask.model}
        ids = [self.desk.new_id("call_", ask.headers) for reply in replies for _ in reply.calls]
        return head, body, ask, replies, ids, usage

    def routes(self) -> APIRouter:
        """The paths: with `/v1` as OpenAI has it, bare as DeepSeek has it."""
        router = APIRouter()
        for path in ("/v1/chat/completions", "/chat/completions"):
            router.add_api_route(path, self.chat, methods=["POST"], response_model=None)
        return router


async def read_json(request: Request) -> Any:
    """The parsed body. Raises 400 for one that is not JSON."""
    try:
        return await request.json()
    except ValueError:
        raise ProviderError(400, "We could not parse the JSON body of your request.") from None
