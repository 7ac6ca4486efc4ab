"""How does Anthropic run a batch? Requests in one body, results as lines from a URL that the batch names."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grader.provider.anthropic_api import Anthropic, authorize
from grader.provider.batches import Item, Job, plan, work
from grader.provider.desk import Desk
from grader.provider.errors import ProviderError, scripted
from grader.provider.openai_api import read_json

CUSTOM_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
REQUESTS, DAY = 100_000, 24 * 3600


class MessageBatches:
    """The vendor's message batches; a status question moves a batch on."""

    def __init__(self, desk: Desk, messages: Anthropic) -> None:
        self.desk = desk
        self.messages = messages
        self._jobs: dict[str, Job] = {}

    async def create(self, request: Request) -> Response:
        """POST /v1/messages/batches."""
        headers, body = dict(request.headers), await read_json(request)
        version = authorize(headers)
        requests = check(body)
        if failure := scripted(self.desk.gate("anthropic.batches", headers)[1]):
            raise failure
        name = self.desk.new_id("msgbatch_", headers)
        job = Job(
            name, plan(self.desk, headers), requests, headers, self.desk.clock(), more={"version": version}
        )
        self._jobs[name] = job
        return JSONResponse(self.body(job, request))

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/messages/batches/{id}."""
        authorize(dict(request.headers))
        job = self._job(request)
        job.asked += 1
        if job.done:
            work(job, lambda line: self._message(line["params"], job))
        return JSONResponse(self.body(job, request))

    async def list(self, request: Request) -> Response:
        """GET /v1/messages/batches, newest first; asking for the list moves nothing."""
        authorize(dict(request.headers))
        found = [self.body(job, request) for job in reversed(self._jobs.values())]
        ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {}
        return JSONResponse({"data": found, "has_more": False, **ends})

    async def cancel(self, request: Request) -> Response:
        """POST /v1/messages/batches/{id}/cancel; the next status question finds it ended."""
        authorize(dict(request.headers))
        job = self._job(request)
        if job.items:
            raise ProviderError(400, f"{job.id} has ended and cannot be canceled")
        job.stopped = job.asked
        return JSONResponse(self.body(job, request))

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/messages/batches/{id}, once it has ended."""
        authorize(dict(request.headers))
        job = self._ended(request, "deleted")
        del self._jobs[job.id]
        return JSONResponse({"id": job.id, "type": "message_batch_deleted"})

    async def results(self, request: Request) -> Response:
        """GET /v1/messages/batches/{id}/results: one line of JSON per request, in no particular order."""
        authorize(dict(request.headers))
        job = self._ended(request, "read")
        text = "".join(json.dumps(self._line(job, item), ensure_ascii=False) + "\n" for item in job.items)
        return Response(text, media_type="application/x-jsonl")

    def _message(self, params: dict[str, Any], job: Job) -> dict[str, Any]:
        """One request's message: as ever, but for the tier that it is billed at."""
        message = self.messages.complete(params, job.headers, job.more["version"])
        return {**message, "usage": {**message["usage"], "service_tier": "batch"}}

    def _job(self, request: Request) -> Job:
        """The batch of the path. Raises 404."""
        name = request.path_params["id"]
        if name not in self._jobs:
            raise ProviderError(404, f"Message batch {name} not found")
        return self._jobs[name]

    def _ended(self, request: Request, purpose: str) -> Job:
        """The batch of the path, ended. Raises 400 while it is in progress."""
        job = self._job(request)
        if not job.items:
            raise ProviderError(400, f"{job.id} is in progress and cannot be {purpose} yet")
        return job

    def _line(self, job: Job, item: Item) -> dict[str, Any]:
        """One line of the results."""
        result: dict[str, Any] = {"type": item.end}
        if item.body is not None:
            result["message"] = item.body
        if item.error is not None:
            result["error"] = item.error.anthropic(self.desk.new_id("req_", job.headers))
        return {"custom_id": item.custom_id, "result": result}

    def body(self, job: Job, request: Request) -> dict[str, Any]:
        """The batch object; the URL of the results points back at this server."""
        ended = bool(job.items)
        status = "ended" if ended else ("in_progress" if job.stopped is None else "canceling")
        url = f"{str(request.base_url).rstrip('/')}/v1/messages/batches/{job.id}/results"
        return {
            "id": job.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": {"processing": 0 if ended else len(job.requests), **job.counts()},
            "created_at": moment(job.created),
            "expires_at": moment(job.created + DAY),
            "ended_at": moment(self.desk.clock()) if ended else None,
            "archived_at": None,
            "cancel_initiated_at": None if job.stopped is None else moment(self.desk.clock()),
            "results_url": url if ended else None,
        }

    def routes(self) -> APIRouter:
        """The paths."""
        router, base = APIRouter(), "/v1/messages/batches"
        router.add_api_route(base, self.create, methods=["POST"], response_model=None)
        router.add_api_route(base, self.list, methods=["GET"], response_model=None)
        router.add_api_route(base + "/{id}", self.retrieve, methods=["GET"], response_model=None)
        router.add_api_route(base + "/{id}", self.delete, methods=["DELETE"], response_model=None)
        router.add_api_route(base + "/{id}/cancel", self.cancel, methods=["POST"], response_model=None)
        router.add_api_route(base + "/{id}/results", self.results, methods=["GET"], response_model=None)
        return router


def check(body: Any) -> list[dict[str, Any]]:
    """The requests of a batch. Raises 400; what is wrong with their params shows in the results only."""
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests:
        raise ProviderError(400, "requests: at least one request is required")
    if len(requests) > REQUESTS:
        raise ProviderError(400, f"requests: {len(requests)} exceed the maximum of {REQUESTS}")
    seen: set[str] = set()
    for position, request in enumerate(requests):
        name = str(request.get("custom_id", ""))
        if not CUSTOM_ID.match(name):
            raise ProviderError(400, f"requests.{position}.custom_id: must match {CUSTOM_ID.pattern}")
        if name in seen:
            raise ProviderError(400, f"requests.{position}.custom_id: {name!r} occurs twice")
        if not isinstance(request.get("params"), dict):
            raise ProviderError(400, f"requests.{position}.params: Field required")
        seen.add(name)
    return requests


def moment(seconds: float) -> str:
    """A moment as RFC 3339 in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
