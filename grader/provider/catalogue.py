"""Which models are there, and what is this server? Model lists of both vendors, and the front page."""

from __future__ import annotations

import tomllib
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grader.models import TABLE
from grader.provider.anthropic_api import authorize as authorize_anthropic
from grader.provider.desk import Desk
from grader.provider.embeddings import DIMENSIONS
from grader.provider.errors import ProviderError
from grader.provider.openai_api import authorize as authorize_openai

BORN = 1_700_000_000
BORN_TEXT = "2023-11-14T22:13:20Z"


def names(provider: str | None = None) -> list[str]:
    """The models of one provider, or of all but Anthropic, which has a list of its own."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))["models"]
    if provider:
        return [name for name, known in table.items() if known["provider"] == provider]
    return [name for name, known in table.items() if known["provider"] != "anthropic"] + list(DIMENSIONS)


class Catalogue:
    """The lists of models, and `GET /` for whoever wonders what answers here."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def models(self, request: Request) -> Response:
        """GET /v1/models, in the shape of the vendor whose client asks."""
        headers = dict(request.headers)
        if "anthropic-version" in headers:
            authorize_anthropic(headers)
            found = [_anthropic(name) for name in names("anthropic")]
            ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {}
            return JSONResponse({"data": found, "has_more": False, **ends})
        authorize_openai(headers)
        return JSONResponse({"object": "list", "data": [_openai(name) for name in names()]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{name}. Raises 404 for a model that is not in the table."""
        headers, name = dict(request.headers), request.path_params["name"]
        if "anthropic-version" in headers:
            authorize_anthropic(headers)
            known, found = names("anthropic"), _anthropic(name)
        else:
            authorize_openai(headers)
            known, found = names(), _openai(name)
        if name not in known:
            raise ProviderError(
                404, f"The model '{name}' does not exist.", param="model", code="model_not_found"
            )
        return JSONResponse(found)

    async def front(self, request: Request) -> Response:
        """GET /: what this is, how a client gets here, what it has words for."""
        base = str(request.base_url).rstrip("/")
        library = self.desk.library
        return JSONResponse(
            {
                "stand-in": "The stand-in provider of the course. Words come from scripts, not from a model.",
                "openai": f"{base}/v1",
                "anthropic": base,
                "generate": f"{base}/generate",
                "voice": self.desk.voice,
                "questions": [scenario.title for scenario in library.all() if scenario.match],
                "problems": library.problems(),
            }
        )

    def routes(self) -> APIRouter:
        """The paths."""
        router = APIRouter()
        router.add_api_route("/", self.front, methods=["GET"], response_model=None)
        for base in ("/v1/models", "/models"):
            router.add_api_route(base, self.models, methods=["GET"], response_model=None)
            router.add_api_route(base + "/{name}", self.model, methods=["GET"], response_model=None)
        return router


def _openai(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": BORN, "owned_by": "stand-in"}


def _anthropic(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": f"{name} (stand-in)", "created_at": BORN_TEXT}
