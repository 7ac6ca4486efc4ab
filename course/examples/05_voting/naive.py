"""Self-consistency as it is usually written."""

from __future__ import annotations

import asyncio
from collections import Counter

from openai import AsyncOpenAI

from grader.models import model

LEVELS = ["emergency", "appointment", "home"]
PROMPT = f"How soon must this person see a doctor? Reply with one of: {', '.join(LEVELS)}.\n\n"


# --8<-- [start:naive]
async def ask(client: AsyncOpenAI, case: str) -> str:
    messages = [{"role": "user", "content": PROMPT + case}]
    reply = await client.chat.completions.create(model=model("fast"), messages=messages)
    return reply.choices[0].message.content


def parse(text: str) -> str | None:
    return next((level for level in LEVELS if level in text.lower()), None)


def winner(votes: list[str | None]) -> tuple[str | None, float]:
    label, count = Counter(votes).most_common(1)[0]
    return label, count / len(votes)


async def vote(client: AsyncOpenAI, case: str, n: int = 7) -> tuple[str | None, float]:
    replies = await asyncio.gather(*(ask(client, case) for _ in range(n)))
    return winner([parse(text) for text in replies])


# --8<-- [end:naive]
