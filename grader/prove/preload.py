"""Imported once by the fork server: what every variant needs is loaded before the first of them starts.

Importing the SDKs costs about a second, running a module's checks a tenth of that.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

NEEDED = (
    "pytest",
    *(
        f"_pytest.{name}"
        for name in ("faulthandler", "pastebin", "skipping", "unittest", "warnings", "setupplan")
    ),
    "anyio.pytest_plugin",
    "anyio._backends._asyncio",
    "h11",
    "httpcore2",
    "truststore",
    "yaml",
    "vcr",
    "openai",
    "openai.resources.chat.completions",
    "openai.resources.embeddings",
    "anthropic",
    "anthropic.resources.messages",
    "fastapi",
    "sse_starlette",
    "pydantic.v1",
    "instructor.core",
    "chromadb",
    "chromadb.api.rust",
    "langgraph.graph",
    "grader.replay.tape",
    "grader.plugin",
)

for name in NEEDED:
    with suppress(ImportError):
        import_module(name)


def _warm_prices() -> None:
    from grader.models import Usage, cost, model

    cost(Usage(1, 1), model("fast"))


def _warm_client() -> None:
    """One call that leaves no process: the SDK works out its types at the first one, for 50 ms."""
    import httpx2
    from openai import OpenAI

    said = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"}]
    }
    answers = httpx2.MockTransport(lambda _: httpx2.Response(200, json=said))
    client = OpenAI(api_key="offline", http_client=httpx2.Client(transport=answers))
    client.chat.completions.create(
        model="any",
        messages=[{"role": "system", "content": "?"}, {"role": "user", "content": "?"}],
        response_format={"type": "json_object"},
    )


_warm_prices()
_warm_client()
# What is loaded stays: without this, every collection in every child walks (and copies) all of it.
gc.collect()
gc.freeze()
