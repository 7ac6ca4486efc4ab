"""Where do batch inputs and outputs lie? OpenAI's files, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grader.provider.desk import Desk
from grader.provider.errors import ProviderError
from grader.provider.openai_api import authorize

MONTH = 30 * 24 * 3600


@dataclass(frozen=True)
class File:
    """A stored file and the moment of its upload in seconds."""

    id: str
    name: str
    purpose: str
    data: bytes
    created: int

    def body(self) -> dict[str, Any]:
        """The file object; batch files expire after 30 days."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.created,
            "expires_at": self.created + MONTH if self.purpose.startswith("batch") else None,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class Files:
    """The vendor's file endpoints."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._kept: dict[str, File] = {}

    def keep(self, name: str, purpose: str, data: bytes, headers: dict[str, str]) -> File:
        """Stores a file under a new id."""
        made = File(self.desk.new_id("file-", headers), name, purpose, data, int(self.desk.clock()))
        self._kept[made.id] = made
        return made

    def get(self, name: str) -> File:
        """A stored file. Raises 404."""
        if name not in self._kept:
            raise ProviderError(404, f"No such File object: {name}", param="id")
        return self._kept[name]

    async def upload(self, request: Request) -> Response:
        """POST /v1/files, multipart with `purpose` and `file`."""
        headers = dict(request.headers)
        authorize(headers)
        fields = parse(headers.get("content-type", ""), await request.body())
        if "purpose" not in fields or "file" not in fields:
            raise ProviderError(400, "'file' and 'purpose' are required.", param="file")
        name, data = fields["file"]
        return JSONResponse(self.keep(name or "file", fields["purpose"][1].decode(), data, headers).body())

    async def list(self, request: Request) -> Response:
        """GET /v1/files."""
        authorize(dict(request.headers))
        found = [file.body() for file in self._kept.values()]
        return JSONResponse({"object": "list", "data": found, "has_more": False})

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/files/{id}."""
        authorize(dict(request.headers))
        return JSONResponse(self.get(request.path_params["id"]).body())

    async def content(self, request: Request) -> Response:
        """GET /v1/files/{id}/content."""
        authorize(dict(request.headers))
        return Response(self.get(request.path_params["id"]).data, media_type="application/octet-stream")

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/files/{id}."""
        authorize(dict(request.headers))
        gone = self.get(request.path_params["id"]).id
        del self._kept[gone]
        return JSONResponse({"id": gone, "object": "file", "deleted": True})

    def routes(self) -> APIRouter:
        """The paths."""
        router = APIRouter()
        router.add_api_route("/v1/files", self.upload, methods=["POST"], response_model=None)
        router.add_api_route("/v1/files", self.list, methods=["GET"], response_model=None)
        router.add_api_route("/v1/files/{id}", self.retrieve, methods=["GET"], response_model=None)
        router.add_api_route("/v1/files/{id}", self.delete, methods=["DELETE"], response_model=None)
        router.add_api_route("/v1/files/{id}/content", self.content, methods=["GET"], response_model=None)
        return router


def parse(content_type: str, body: bytes) -> dict[str, tuple[str | None, bytes]]:
    """The fields of a multipart form: name to file name and bytes. Raises 400 for another body."""
    if not content_type.startswith("multipart/form-data"):
        raise ProviderError(400, "Send the file as multipart/form-data.", param="file")
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    found: dict[str, tuple[str | None, bytes]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        found[str(name)] = (part.get_filename(), data if isinstance(data, bytes) else b"")
    return found
