"""How does a raw-prompt model answer? `POST /generate`, as a self-hosted server has it: text in, text out.

    {"prompt": "<|begin_of_text|>...", "max_tokens": 256, "temperature": 0.7, "stop": ["<|eot_id|>"]}
    {"generated_text": "...", "finish_reason": "stop", "model": "...", "usage": {"prompt_tokens": 9, ...}}

A conversation in Llama-3's special tokens is understood as messages; any other prompt is one user message.
No key is asked for: the server is the learner's own.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from grader.provider.ask import from_prompt
from grader.provider.desk import Desk
from grader.provider.errors import ProviderError, scripted
from grader.provider.openai_api import read_json
from grader.provider.openai_wire import FINGERPRINT
from grader.provider.tokens import count
from grader.provider.transport import misbehave, whole


class Generate:
    """The endpoint on top of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def create(self, request: Request) -> Response:
        """POST /generate."""
        body = await read_json(request)
        check(body)
        ask = from_prompt(body, dict(request.headers))
        reply = self.desk.reply(ask)
        request.state.step = reply.name
        if (odd := await misbehave(reply.fault, self.desk, request)) is not None:
            return odd
        if failure := scripted(reply.fault):
            raise failure
        await self.desk.wait(reply.delay + reply.chunk * len(reply.chunks()))
        sent, said = count(body["prompt"], ask.provider), count(reply.text, ask.provider)
        made = {
            "generated_text": reply.text,
            "finish_reason": "length" if reply.finish == "length" else "stop",
            "model": ask.model,
            "usage": {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said},
            "system_fingerprint": FINGERPRINT,
        }
        return whole(made, reply.fault)

    def routes(self) -> APIRouter:
        """The path."""
        router = APIRouter()
        router.add_api_route("/generate", self.create, methods=["POST"], response_model=None)
        return router


def check(body: Any) -> None:
    """Raises 400 for a body that such a server would refuse."""
    if not isinstance(body, dict) or not isinstance(body.get("prompt"), str):
        raise ProviderError(400, "'prompt' must be a string.", param="prompt")
    if body.get("stream"):
        raise ProviderError(400, "'stream' is not supported on /generate.", param="stream")
    if (heat := body.get("temperature")) is not None and (not isinstance(heat, int | float) or heat < 0):
        raise ProviderError(400, f"'temperature' must be at least 0, not {heat!r}.", param="temperature")
