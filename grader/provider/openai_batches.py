"""How does OpenAI run a batch? From an uploaded file to an output file and an error file."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grader.provider.batches import Item, Job, plan, work
from grader.provider.desk import Desk
from grader.provider.embeddings import embed
from grader.provider.errors import ProviderError, scripted
from grader.provider.files import Files
from grader.provider.openai_api import OpenAI, authorize, read_json

ENDPOINTS = ("/v1/chat/completions", "/v1/embeddings")
LINES, BYTES, DAY = 50_000, 200_000_000, 24 * 3600


class Batches:
    """The vendor's batch endpoints; a status question moves a batch on."""

    def __init__(self, desk: Desk, files: Files, chat: OpenAI) -> None:
        self.desk = desk
        self.files = files
        self.chat = chat
        self._jobs: dict[str, Job] = {}

    async def create(self, request: Request) -> Response:
        """POST /v1/batches."""
        headers, body = dict(request.headers), await read_json(request)
        authorize(headers)
        if body.get("endpoint") not in ENDPOINTS:
            raise ProviderError(
                400, f"Invalid 'endpoint': use one of {', '.join(ENDPOINTS)}.", param="endpoint"
            )
        if body.get("completion_window") != "24h":
            raise ProviderError(400, "Invalid 'completion_window': use '24h'.", param="completion_window")
        data = self.files.get(str(body.get("input_file_id"))).data
        if failure := scripted(self.desk.gate("openai.batches", headers)[1]):
            raise failure
        requests, mistakes = read_lines(data, body["endpoint"])
        job = Job(
            self.desk.new_id("batch_", headers),
            plan(self.desk, headers),
            requests,
            headers,
            self.desk.clock(),
        )
        job.more = {"asked_for": body, "mistakes": mistakes}
        self._jobs[job.id] = job
        return JSONResponse(self.body(job))

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/batches/{id}."""
        authorize(dict(request.headers))
        job = self._job(request)
        job.asked += 1
        if job.done and not job.more["mistakes"] and not job.plan.fails:
            self._write(job)
        return JSONResponse(self.body(job))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/batches/{id}/cancel; the next status question finds it cancelled."""
        authorize(dict(request.headers))
        job = self._job(request)
        if job.done:
            raise ProviderError(409, f"Batch {job.id} has ended and cannot be cancelled.")
        job.stopped = job.asked
        return JSONResponse(self.body(job))

    async def list(self, request: Request) -> Response:
        """GET /v1/batches, newest first; asking for the list moves nothing."""
        authorize(dict(request.headers))
        found = [self.body(job) for job in reversed(self._jobs.values())]
        ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {}
        return JSONResponse({"object": "list", "data": found, "has_more": False, **ends})

    def _job(self, request: Request) -> Job:
        """The batch of the path. Raises 404."""
        name = request.path_params["id"]
        if name not in self._jobs:
            raise ProviderError(404, f"No batch found with id '{name}'.", param="batch_id")
        return self._jobs[name]

    def _answer(self, job: Job, line: dict[str, Any]) -> dict[str, Any]:
        """The reply to one line. Raises ProviderError."""
        if line["url"] == "/v1/embeddings":
            return embed(line["body"])
        return self.chat.complete(line["body"], job.headers)

    def _write(self, job: Job) -> None:
        """The output file and, if anything failed, the error file."""
        if job.items:
            return
        work(job, lambda line: self._answer(job, line))
        lines: dict[str, list[str]] = {"output": [], "error": []}
        for item in job.items:
            if item.end != "canceled":
                written = json.dumps(result(item, self.desk.new_id("req_", job.headers)), ensure_ascii=False)
                lines["output" if item.end == "succeeded" else "error"].append(written)
        for kind, found in lines.items():
            if found:
                text = "\n".join(found) + "\n"
                kept = self.files.keep(f"{job.id}_{kind}.jsonl", "batch_output", text.encode(), job.headers)
                job.more[f"{kind}_file_id"] = kept.id

    def body(self, job: Job) -> dict[str, Any]:
        """The batch object in its present state."""
        status, counts, asked = state(job), job.counts(), job.more["asked_for"]
        mistakes = {"object": "list", "data": job.more["mistakes"] or _limit()}
        return {
            "id": job.id,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "errors": mistakes if status == "failed" else None,
            "input_file_id": asked["input_file_id"],
            "completion_window": "24h",
            "status": status,
            "output_file_id": job.more.get("output_file_id"),
            "error_file_id": job.more.get("error_file_id"),
            **_moments(job, status, int(self.desk.clock())),
            "request_counts": {
                "total": len(job.requests),
                "completed": counts["succeeded"],
                "failed": counts["errored"] + counts["expired"],
            },
            "metadata": asked.get("metadata"),
        }

    def routes(self) -> APIRouter:
        """The paths."""
        router = APIRouter()
        router.add_api_route("/v1/batches", self.create, methods=["POST"], response_model=None)
        router.add_api_route("/v1/batches", self.list, methods=["GET"], response_model=None)
        router.add_api_route("/v1/batches/{id}", self.retrieve, methods=["GET"], response_model=None)
        router.add_api_route("/v1/batches/{id}/cancel", self.cancel, methods=["POST"], response_model=None)
        return router


def result(item: Item, request_id: str) -> dict[str, Any]:
    """One line of an output or error file."""
    found: dict[str, Any] = {"id": f"batch_{request_id}", "custom_id": item.custom_id}
    if item.end == "expired":
        words = "This request could not be executed before the completion window expired."
        return {**found, "response": None, "error": {"code": "batch_expired", "message": words}}
    status, body = (item.error.status, item.error.openai()) if item.error else (200, item.body)
    response = {"status_code": status, "request_id": request_id, "body": body}
    return {**found, "response": response, "error": None}


def _moments(job: Job, status: str, now: int) -> dict[str, int | None]:
    """When the batch came to its states, in seconds; a state that it has not seen is None."""
    created = int(job.created)
    seen = {
        "in_progress_at": job.asked > 0 and status != "failed",
        "finalizing_at": status in ("finalizing", "completed"),
        "cancelling_at": job.stopped is not None,
        **{f"{name}_at": status == name for name in ("completed", "failed", "expired", "cancelled")},
    }
    found: dict[str, int | None] = {name: now if happened else None for name, happened in seen.items()}
    return {"created_at": created, "expires_at": created + DAY, **found}


def state(job: Job) -> str:
    """The vendor's word for where a batch is."""
    if job.asked == 0:
        return "validating" if job.stopped is None else "cancelling"
    if job.more["mistakes"] or job.plan.fails:
        return "failed"
    if job.stopped is not None:
        return "cancelled" if job.done else "cancelling"
    if job.done:
        return "expired" if job.plan.expired else "completed"
    return "finalizing" if job.asked == job.plan.polls > 1 else "in_progress"


def read_lines(data: bytes, endpoint: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The requests of an input file, and what is wrong with its lines (a single mistake fails the batch)."""
    requests: list[dict[str, Any]] = []
    mistakes = []
    for number, text in enumerate(data.decode().splitlines(), 1):
        code, words = _mistake(text, endpoint, {request["custom_id"] for request in requests})
        if code:
            mistakes.append({"code": code, "line": number, "message": words, "param": None})
        else:
            requests.append(json.loads(text))
    if not requests and not mistakes:
        mistakes.append(
            {"code": "empty_file", "line": None, "message": "The file has no lines.", "param": None}
        )
    return requests, mistakes


def _mistake(text: str, endpoint: str, seen: set[str]) -> tuple[str, str]:
    """Code and words for a line that cannot be used, ("", "") for a good one."""
    try:
        line = json.loads(text)
    except ValueError:
        return "invalid_json_line", "This line is not parseable as valid JSON."
    if not isinstance(line, dict) or not isinstance(line.get("custom_id"), str):
        return "missing_required_parameter", "Missing required parameter: 'custom_id'."
    if line["custom_id"] in seen:
        return "duplicate_custom_id", f"The custom_id {line['custom_id']!r} occurs twice."
    if line.get("method") != "POST" or line.get("url") != endpoint:
        return "mismatched_endpoint", f"Each line needs method POST and the batch's endpoint, {endpoint}."
    if not isinstance(line.get("body"), dict):
        return "missing_required_parameter", "Missing required parameter: 'body'."
    return "", ""


def _limit() -> list[dict[str, Any]]:
    """Why a batch fails whose script says so."""
    words = "Enqueued token limit reached for this organization. Wait until earlier batches have ended."
    return [{"code": "token_limit_exceeded", "line": None, "message": words, "param": None}]
