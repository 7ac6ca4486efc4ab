"""A fan-out as it is usually written: all workers at once, with the same marked beginning."""

from __future__ import annotations

import asyncio
from typing import Any

from stage import dag

Body = dict[str, Any]


# --8<-- [start:naive]
async def answers(shared: list[str], parts: list[str]) -> list[Body]:
    calls = (dag.request("anthropic", "fast", shared, [part]) for part in parts)
    replies = await asyncio.gather(*(dag.ask("anthropic", call) for call in calls))
    return [reply for reply, _ in replies if reply]


# --8<-- [end:naive]
