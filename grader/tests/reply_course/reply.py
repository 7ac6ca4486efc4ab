"""A module that is small enough to attack: it reads numbers, asks a model, votes and streams."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable

import httpx2

from grader.models import model

URL = "https://api.openai.com/v1/chat/completions"


class NoNumber(ValueError):
    """The text holds no number."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no number in {text!r}")
        self.text = text


def number(text: str) -> int:
    """The last number in `text`. Raises NoNumber."""
    found = re.findall(r"\d+", text)
    if not found:
        raise NoNumber(text)
    return int(found[-1])


def body(question: str, **options: object) -> dict[str, object]:
    return {"model": model("fast"), "messages": [{"role": "user", "content": question}], **options}


def ask(question: str) -> dict[str, object]:
    """What the model said, and the number in it."""
    said = httpx2.post(URL, json=body(question)).json()["choices"][0]["message"]["content"]
    return {"said": said, "number": number(said)}


async def vote(question: str, times: int, at_once: int) -> int:
    """The number that most of `times` calls gave, `at_once` of them in flight."""
    door = asyncio.Semaphore(at_once)

    async def one(client: httpx2.AsyncClient) -> int:
        async with door:
            reply = await client.post(URL, json=body(question))
        return number(reply.json()["choices"][0]["message"]["content"])

    async with httpx2.AsyncClient() as client:
        votes = await asyncio.gather(*(one(client) for _ in range(times)))
    return Counter(votes).most_common(1)[0][0]


async def aloud(question: str) -> AsyncGenerator[str, None]:
    """The model's words as they come."""
    asked = body(question, stream=True)
    async with httpx2.AsyncClient() as client, client.stream("POST", URL, json=asked) as reply:
        async for line in reply.aiter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    if choice["delta"].get("content"):
                        yield choice["delta"]["content"]


def patient(question: str, sleep: Callable[[float], None]) -> dict[str, object]:
    """As `ask`, after a pause of a second."""
    sleep(1.0)
    return ask(question)
