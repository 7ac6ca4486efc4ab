"""Was this prefix sent before? Prompt caching by the vendors' rules, on an injectable clock.

OpenAI: automatic; the longest known prefix in steps of 128 tokens, from the model's minimum (1,024).
It lives 10 minutes after its last use, 30 for models that report writes (GPT-5.6 and later).
DeepSeek: automatic, in steps of 64 tokens.
Anthropic: explicit; a breakpoint marks a block, and the prefix up to it is read or written.
Below the model's minimum nothing happens, silently.
A breakpoint also finds what an earlier one wrote up to 20 blocks before it.
A prefix lives 5 minutes or 1 hour; a hit renews it.

A prefix can be read when the call that writes it has finished its prefill, not before:
calls that start together all miss. `look` runs when a request arrives, `store` when its prefill is done.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.models import UnknownTier, capabilities
from grader.provider.tokens import scale

MINUTE = 60.0
LOOKBACK = 20
# No vendor document states a minimum for these models; 1,024 is what most of their siblings have.
ASSUMED_MINIMUM = 1024
PREFILL = 50_000.0  # tokens per second that are read in when they are not cached
STEP = {"openai": 128, "deepseek": 64}


@dataclass(frozen=True)
class Block:
    """A stretch of the prompt in token pieces; `ttl` in seconds when a breakpoint follows it."""

    tokens: tuple[str, ...]
    ttl: float | None = None


@dataclass(frozen=True)
class Mark:
    """A place in the prompt: tokens up to it, digest of the prefix, how long it is kept if written."""

    tokens: int
    digest: str
    ttl: float | None = None


@dataclass
class Look:
    """What a request found: tokens read and written, and the marks to store after the prefill."""

    total: int
    read: int = 0
    written: int = 0
    written_1h: int = 0
    stores: list[Mark] = field(default_factory=list)
    owner: str = ""

    @property
    def prefill(self) -> float:
        """Seconds for reading in what was not cached."""
        return (self.total - self.read) / PREFILL


class PromptCache:
    """The prefixes that a provider remembers, by owner and model; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._kept: dict[tuple[str, str], tuple[float, float]] = {}

    def look(self, owner: str, model: str, blocks: list[Block]) -> Look:
        """What is cached of this prompt right now; nothing is stored yet."""
        owner = f"{owner}|{model}"
        provider, minimum, kind = _rules(model)
        if kind == "explicit":
            return self._explicit(owner, provider, minimum or ASSUMED_MINIMUM, blocks)
        pieces = [piece for block in blocks for piece in block.tokens]
        look = Look(total=len(pieces), owner=owner)
        if provider in STEP:
            self._automatic(look, model, STEP[provider], minimum, pieces)
        return look

    def store(self, look: Look) -> None:
        """The prefill is done: from now on other calls can read what this one wrote."""
        for mark in look.stores:
            ttl = mark.ttl or 10 * MINUTE
            kept = self._kept.get((look.owner, mark.digest), (0.0, 0.0))
            self._kept[look.owner, mark.digest] = (self.clock() + max(ttl, kept[1]), max(ttl, kept[1]))

    def _alive(self, owner: str, mark: Mark) -> bool:
        """Whether the prefix is kept and not expired."""
        return self._kept.get((owner, mark.digest), (0.0, 0.0))[0] > self.clock()

    def _automatic(self, look: Look, model: str, step: int, minimum: int, pieces: list[str]) -> None:
        """Marks at every `step` tokens from the minimum on; the longest living one is read."""
        marks = _grid(pieces, step, minimum, 30 * MINUTE if reports_writes(model) else 10 * MINUTE)
        living = [mark for mark in marks if self._alive(look.owner, mark)]
        look.read = max((mark.tokens for mark in living), default=0)
        look.stores = marks
        if marks and reports_writes(model):
            look.written = marks[-1].tokens - look.read

    def _explicit(self, owner: str, provider: str, minimum: int, blocks: list[Block]) -> Look:
        """Breakpoints, each with a look back over the blocks before it."""
        marks = _ends(blocks, provider)
        look = Look(total=marks[-1].tokens if marks else 0, owner=owner)
        breaks = [i for i, mark in enumerate(marks) if mark.ttl and mark.tokens >= minimum]
        if not breaks:
            return look
        near = {j for i in breaks for j in range(max(0, i - LOOKBACK), i + 1)}
        found = [marks[j] for j in near if self._alive(owner, marks[j])]
        look.read = max((mark.tokens for mark in found), default=0)
        reached = look.read
        for mark in (marks[i] for i in breaks):
            fresh = max(mark.tokens - reached, 0)
            look.written += fresh
            look.written_1h += fresh if mark.ttl == 60 * MINUTE else 0
            reached = max(reached, mark.tokens)
        renewed = [mark for mark in found if mark.tokens == look.read]
        look.stores = [
            *(marks[i] for i in breaks),
            *(Mark(m.tokens, m.digest, m.ttl or 5 * MINUTE) for m in renewed),
        ]
        return look


def _rules(model: str) -> tuple[str, int, str]:
    """Provider, minimum in tokens, and kind of cache of a model; an unknown one caches nothing."""
    try:
        known = capabilities(model)
    except UnknownTier:
        return "", 0, "none"
    return known.provider, known.cache_minimum, known.cache


def reports_writes(model: str) -> bool:
    """Whether usage has `cache_write_tokens`: GPT-5.6 and later, where writes cost 1.25 x."""
    found = re.match(r"gpt-(\d+)(?:\.(\d+))?", model)
    return found is not None and (int(found[1]), int(found[2] or 0)) >= (5, 6)


def _grid(pieces: list[str], step: int, minimum: int, ttl: float) -> list[Mark]:
    """Marks at every multiple of `step` tokens that is at least `minimum`."""
    digest, marks = hashlib.sha256(), []
    for start in range(0, len(pieces) - step + 1, step):
        digest.update("\0".join(pieces[start : start + step]).encode() + b"\1")
        if start + step >= minimum:
            marks.append(Mark(start + step, digest.copy().hexdigest(), ttl))
    return marks


def _ends(blocks: list[Block], provider: str) -> list[Mark]:
    """A mark at the end of every block."""
    digest, count, marks = hashlib.sha256(), 0, []
    for block in blocks:
        digest.update("\0".join(block.tokens).encode() + b"\1")
        count += len(block.tokens)
        marks.append(Mark(scale(count, provider), digest.copy().hexdigest(), block.ttl))
    return marks
