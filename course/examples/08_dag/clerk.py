"""The stand-in of this lab: the course's own server, with words and speeds of its own.

What it counts, it counts as `grader provider` does: tokens, cached prefixes, their minimum and their life.
How long it takes is stated below, and was measured at nobody's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import words
from fastapi import FastAPI
from hours import Leaping

from grader.models import tier_of
from grader.provider.anthropic_api import Anthropic
from grader.provider.anthropic_rules import thinks_by_default
from grader.provider.app import Labelled
from grader.provider.ask import Ask
from grader.provider.caching import Block, Look, PromptCache
from grader.provider.desk import Desk
from grader.provider.openai_api import OpenAI
from grader.provider.speech import Reply, bounded
from grader.provider.tokens import count


@dataclass(frozen=True)
class Speed:
    """Seconds before anything happens; tokens a second: read in when they are not cached, and written."""

    first: float
    reads: float
    writes: float


# Assumptions, one set for both vendors, so that nobody is compared by them: reading a token takes a hundredth
# of the time that writing one takes.
SPEEDS = {"fast": Speed(0.4, 12_000, 120), "balanced": Speed(0.6, 6_000, 60)}


def speed_of(model: str) -> Speed:
    """The stated speed of a model's tier."""
    return SPEEDS[tier_of(model) or "fast"]


@dataclass
class Timed(Look):
    """A look into the cache that knows how fast its model reads."""

    speed: Speed = SPEEDS["fast"]

    @property
    def prefill(self) -> float:
        return (self.total - self.read) / self.speed.reads


class Cache(PromptCache):
    """The stand-in's cache, whose looks take their model's time."""

    def look(self, owner: str, model: str, blocks: list[Block]) -> Look:
        return Timed(**vars(super().look(owner, model, blocks)), speed=speed_of(model))

    def forget(self) -> None:
        """From now on nothing is cached."""
        self._kept.clear()


class Clerk(Desk):
    """Says what `words` has for a request, at its model's speed, on the loop's clock."""

    def __init__(self, loop: Leaping, voice: int) -> None:
        super().__init__(voice=voice, clock=loop.time)
        self.loop = loop

    def reply(self, ask: Ask) -> Reply:
        said, speed = words.spoken(ask, self.voice), speed_of(ask.model)
        # A reply that is not streamed is waited for as a whole. It comes in one chunk, and where a model may
        # think, in two: the second signs a thought of no words.
        chunks = 2 if ask.provider == "anthropic" and ask.thinks and thinks_by_default(ask.model) else 1
        chunk = count(said, ask.provider) / speed.writes / chunks
        return bounded(Reply(said, delay=speed.first, chunk=chunk, chunk_size=len(said)), ask)

    async def wait(self, seconds: float) -> None:
        with self.loop.waiting():
            await asyncio.sleep(seconds)


def app(desk: Clerk, cache: Cache) -> FastAPI:
    """Both vendors' endpoints for messages."""
    made = FastAPI()
    made.add_middleware(Labelled, desk=desk)
    made.include_router(OpenAI(desk, cache).routes())
    made.include_router(Anthropic(desk, cache).routes())
    return made
