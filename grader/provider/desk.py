"""What does the stand-in say now? The desk picks scenario, turn, sample and fault, and keeps count."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from grader.provider.ask import Ask
from grader.provider.library import Library, holds
from grader.provider.script import Fault, Sample, Scenario, Turn, When
from grader.provider.speech import Pick, Reply, default, speak


class Desk:
    """The stand-in's memory: counters per recording, the clock, the scripts; one per server."""

    def __init__(
        self,
        library: Library | None = None,
        *,
        voice: int = 1,
        pace: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.library = library or Library()
        self.voice = voice
        self.pace = pace  # scales every scripted second; 0 answers at once
        self.clock = clock
        self.closing = False
        self._seen: Counter[tuple[Any, ...]] = Counter()
        self._ids: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))

    def reply(self, ask: Ask) -> Reply:
        """The scripted reply, or the honest default line. Raises ScriptError, UnknownScenario."""
        for scenario, index in self._places(ask):
            turn, name = scenario.turns[index], (run(ask.headers), scenario.key, index)
            fault = self._fault(turn, name)
            sample, draw = self._draw(turn, ask, name, fault)
            voice = int(ask.headers.get("x-stand-in-voice") or self.voice)
            if found := speak(ask, Pick(scenario, turn, sample, draw, voice, fault)):
                return found
        return default(ask, self.library.all())

    def gate(self, operation: str, headers: dict[str, str]) -> tuple[float, Fault | None]:
        """Delay in seconds and fault for an operation that has no words (embeddings, files, batches)."""
        if key := headers.get("x-stand-in-scenario"):
            scenario = self.library.get(key)
            for index, turn in enumerate(scenario.turns):
                if turn.when.operation == operation:
                    delay = scenario.delay if turn.delay is None else turn.delay
                    return delay, self._fault(turn, (run(headers), key, index))
        return 0.0, None

    async def wait(self, seconds: float) -> None:
        """Lets scripted time pass, or ends early when the server stops."""
        end = time.monotonic() + seconds * self.pace
        while (left := end - time.monotonic()) > 0 and not self.closing:
            await asyncio.sleep(min(left, 0.1))

    def new_id(self, prefix: str, headers: dict[str, str]) -> str:
        """An id that repeats in each recording of the same calls, so that recordings differ only in words."""
        return f"{prefix}standin{next(self._ids[run(headers)]):06d}"

    def _next(self, *key: Any) -> int:
        """How often this key was counted before: 0 the first time."""
        self._seen[key] += 1
        return self._seen[key] - 1

    def _fault(self, turn: Turn, name: tuple[Any, ...]) -> Fault | None:
        """The next fault under `first`, else the turn's own, else None."""
        if turn.first and (served := self._next("first", *name)) < len(turn.first):
            return turn.first[served]
        return turn if turn.faulty else None

    def _places(self, ask: Ask) -> Iterator[tuple[Scenario, int]]:
        """Scenarios and turns that may answer, best first; a recording names the only one."""
        if key := ask.headers.get("x-stand-in-scenario"):
            places = [(self.library.get(key), 0)]
        else:
            places = self.library.matching(ask)
        for scenario, begin in places:
            if (index := self._turn(scenario, ask, begin)) is not None:
                yield scenario, index

    def _turn(self, scenario: Scenario, ask: Ask, begin: int) -> int | None:
        """The position of the turn that answers, None past the end."""
        number = ask.turn - begin
        special = [i for i, t in enumerate(scenario.turns) if t.when != When() and meets(t.when, ask, number)]
        if exact := [i for i in special if scenario.turns[i].when.turn is not None]:
            return exact[0]
        line = special or [i for i, t in enumerate(scenario.turns) if t.when == When()]
        if not line:
            return None
        if scenario.by == "calls":
            number = self._next("calls", run(ask.headers), scenario.key, *line)
            if "x-stand-in-scenario" not in ask.headers:
                number %= len(line)  # the playground never ends; a recording does
        if number >= len(line):
            return line[-1] if scenario.endless else None
        return line[number]

    def _draw(self, turn: Turn, ask: Ask, name: tuple[Any, ...], fault: Fault | None) -> tuple[Sample, int]:
        """The sample that is due, and its number from 1; a request that fails draws none."""
        if not turn.samples:
            return turn, 1
        if ask.temperature == 0 or fault is not None:
            return turn.samples[0], 1
        drawn = self._next("sample", *name) % len(turn.samples)
        return turn.samples[drawn], drawn + 1


def run(headers: dict[str, str]) -> str:
    """The recording that a request belongs to: counters and caches start anew with each."""
    return headers.get("x-stand-in-run", "")


def meets(when: When, ask: Ask, number: int) -> bool:
    """Whether all conditions hold for the request, whose turn is `number`."""
    facts = {
        "turn": number,
        "operation": ask.operation,
        "provider": ask.provider,
        "tier": ask.tier,
        "format": ask.format,
        "tool_result": ask.tool_result,
    }
    if any(getattr(when, name) not in (None, value) for name, value in facts.items()):
        return False
    return (
        holds(when.says, ask.question) and holds(when.mentions, ask.text) and holds(when.system, ask.system)
    )
