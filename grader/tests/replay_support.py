"""Recordings for the replay tests: made of a few lines, or recorded from a real stand-in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import textwrap
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from grader.models import model
from grader.replay.cassette import Cassette, save
from grader.replay.steps import Fault, Step, Timing, readable_response

KEY = "no-key-needed"
CHAT = "https://api.openai.com/v1/chat/completions"
MESSAGES = "https://api.anthropic.com/v1/messages"
AUTHORED = {"title": "Written for a test", "source": "authored", "reason": "a test"}
JSON = {"content-type": "application/json"}
SSE = {"content-type": "text/event-stream"}


def ask(*texts: str, **body: Any) -> dict[str, Any]:
    """A chat request: user and assistant take turns."""
    roles = ("user", "assistant")
    turns = [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]
    return {"model": model("fast"), "messages": turns, **body}


def completion(text: str, **usage: int) -> dict[str, Any]:
    """A chat completion that says `text`."""
    tokens = {"prompt_tokens": 10, "completion_tokens": 2, **usage}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model("fast"),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {**tokens, "total_tokens": tokens["prompt_tokens"] + tokens["completion_tokens"]},
    }


def chunks(*texts: str, finish: str = "stop") -> str:
    """A chat completion's stream, one event per text, closed as the vendor closes it."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model("fast")}
    deltas = [{"index": 0, "delta": {"content": text}, "finish_reason": None} for text in texts]
    closing = {"index": 0, "delta": {}, "finish_reason": finish}
    events = [{**base, "choices": [choice]} for choice in (*deltas, closing)]
    used = {"prompt_tokens": 10, "completion_tokens": len(texts), "total_tokens": 10 + len(texts)}
    events.append({**base, "choices": [], "usage": used})
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


def message(text: str, **usage: int) -> dict[str, Any]:
    """An Anthropic message that says `text`."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model("fast", "anthropic"),
        "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 2, **usage},
    }


def step(
    number: int, body: Any, answer: Any = None, *, url: str = CHAT, status: int = 200, **options: Any
) -> Step:
    """One step; a string answer is a stream, anything else JSON; `headers` are added to the response's."""
    headers = {**(SSE if isinstance(answer, str) else JSON), **options.pop("headers", {})}
    raw = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    response = None if answer is None else readable_response(status, headers, raw)
    fault = options.pop("fault", None)
    return Step(
        number=number,
        request={"method": options.pop("method", "POST"), "url": url, "body": body},
        response=response,
        fault=Fault(*fault) if fault else None,
        timing=options.pop("timing", Timing(0.2, 0.2)),
        **options,
    )


def cassette(folder: Path, *steps: Step, name: str = "test") -> Path:
    """A cassette file with these steps."""
    path = folder / f"{name}.yaml"
    save(path, Cassette(AUTHORED, steps))
    return path


async def cancel_when(reached: Callable[[], object], work: Coroutine[Any, Any, Any]) -> None:
    """Cancel `work` once `reached()` holds: a busy machine must not decide which comes first."""
    task = asyncio.ensure_future(work)
    while not reached():
        assert not task.done()
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.02)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


@contextlib.contextmanager
def stand_in(folder: Path, script: str) -> Iterator[str]:
    """A real stand-in with the scenarios of `script` for the module 90_lab below `folder`; yields its URL."""
    from grader.provider.library import Library
    from grader.provider.serve import running

    path = folder / "solutions" / "90_lab" / "script.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "exercises" / "90_lab").mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(script), encoding="utf-8")
    with running(library=Library(folder)) as url:
        yield url
