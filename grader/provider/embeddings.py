"""Which texts are alike? Deterministic embeddings from hashed words and letter groups, on OpenAI's wire.

A text's vector counts its words (weight 2) and the groups of three letters in them (weight 1),
each hashed to one dimension and one sign, and is scaled to length 1.
Texts that share words lie close together; meaning beyond shared letters is not captured.
"""

from __future__ import annotations

import base64
import math
import re
import struct
import zlib
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grader.provider.desk import Desk
from grader.provider.errors import ProviderError, scripted
from grader.provider.openai_api import authorize, read_json
from grader.provider.tokens import count
from grader.provider.transport import misbehave

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
INPUTS, TOKENS_EACH, TOKENS_ALL = 2048, 8192, 300_000


def vector(text: str, dimensions: int) -> list[float]:
    """The unit vector of `text`; the empty text's first component is 1."""
    found = [0.0] * dimensions
    for word in re.findall(r"\w+", text.casefold()):
        _add(found, word, 2.0)
        padded = f"<{word}>"
        for start in range(len(padded) - 2):
            _add(found, padded[start : start + 3], 1.0)
    length = math.sqrt(sum(value * value for value in found))
    return [value / length for value in found] if length else [1.0, *found[1:]]


def _add(found: list[float], feature: str, weight: float) -> None:
    """Counts a feature at the place and with the sign that its hash says."""
    number = zlib.crc32(feature.encode())
    found[number % len(found)] += weight if number & 0x80000000 else -weight


def check(body: Any) -> tuple[list[str], int]:
    """The inputs as texts, and the dimensions. Raises ProviderError for what the vendor would refuse."""
    model = body.get("model") if isinstance(body, dict) else None
    if not model:
        raise ProviderError(400, "you must provide a model parameter", param="model")
    if model not in DIMENSIONS:
        words = f"The model `{model}` does not exist or you do not have access to it."
        raise ProviderError(404, words, param="model", code="model_not_found")
    inputs = _texts(body.get("input"))
    wanted = body.get("dimensions", DIMENSIONS[model])
    if not isinstance(wanted, int) or not 1 <= wanted <= DIMENSIONS[model]:
        words = f"Invalid 'dimensions': expected 1 to {DIMENSIONS[model]}, got {wanted}."
        raise ProviderError(400, words, param="dimensions", code="invalid_value")
    if body.get("encoding_format", "float") not in ("float", "base64"):
        raise ProviderError(
            400, "Invalid 'encoding_format': use 'float' or 'base64'.", param="encoding_format"
        )
    return inputs, wanted


def _texts(given: Any) -> list[str]:
    """One text, texts, or tokens as numbers, as texts within the vendor's limits."""
    many = given if isinstance(given, list) else [given]
    if many and all(isinstance(entry, int) for entry in many):
        many = [many]
    if not many or any(not isinstance(entry, str | list) or not entry for entry in many):
        raise ProviderError(400, "'input' must be a non-empty string or an array of them.", param="input")
    texts = [entry if isinstance(entry, str) else " ".join(map(str, entry)) for entry in many]
    sizes = [count(text) for text in texts]
    if len(texts) > INPUTS:
        raise ProviderError(400, f"'input' has {len(texts)} entries; the maximum is {INPUTS}.", param="input")
    if max(sizes) > TOKENS_EACH or sum(sizes) > TOKENS_ALL:
        words = f"'input' has {max(sizes)} tokens in one entry and {sum(sizes)} in all; "
        raise ProviderError(400, f"{words}the maxima are {TOKENS_EACH} and {TOKENS_ALL}.", param="input")
    return texts


def embed(body: Any) -> dict[str, Any]:
    """The reply to an embeddings request, vectors as base64 of little-endian floats or as numbers."""
    texts, dimensions = check(body)
    data = []
    for index, text in enumerate(texts):
        values: Any = vector(text, dimensions)
        if body.get("encoding_format") == "base64":
            values = base64.b64encode(struct.pack(f"<{dimensions}f", *values)).decode()
        data.append({"object": "embedding", "index": index, "embedding": values})
    tokens = sum(map(count, texts))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


class Embeddings:
    """The vendor's embeddings endpoint."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def create(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        headers, body = dict(request.headers), await read_json(request)
        authorize(headers)
        made = embed(body)
        delay, fault = self.desk.gate("openai.embeddings", headers)
        if (odd := await misbehave(fault, self.desk, request)) is not None:
            return odd
        if failure := scripted(fault):
            raise failure
        await self.desk.wait(delay)
        return JSONResponse(made)

    def routes(self) -> APIRouter:
        """The path."""
        router = APIRouter()
        router.add_api_route("/v1/embeddings", self.create, methods=["POST"], response_model=None)
        return router
