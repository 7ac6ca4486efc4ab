"""Which recorded step answers a request? Gates decide what may, content and order decide what does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from typing import Any

from grader.replay.facts import Facts
from grader.replay.steps import Step

# Only what changes the shape of an answer may cause a miss. Tier, temperature, roles and history never do:
# a check asserts those on the ledger, in the lesson's words.
GATES = ("operation", "action", "stream", "format", "tool_result", "tools")
_COMPARED = (*GATES, "tier", "temperature", "roles", "turn", "schema_fields", "inputs")
# Scores this close are a tie: wording is the learner's own, and a stray word must not outrank the order.
_TIE = 0.05
_SAME_TURN = 0.1


class Matcher:
    """The steps of one recording and how often each was played; not thread-safe, the tape holds the lock."""

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        ignore: Iterable[str] = (),
        require: Iterable[str] = (),
        repeats: str | None = None,
    ) -> None:
        self.steps = list(steps)
        self.gates = tuple(gate for gate in (*GATES, *require) if gate not in set(ignore))
        self.played: Counter[int] = Counter()
        self._repeats = repeats
        self._groups: dict[tuple[Any, ...], Group] = {}
        gathered: defaultdict[tuple[Any, ...], list[Step]] = defaultdict(list)
        for step in self.steps:
            gathered[self._gate(step.facts)].append(step)
        for key, members in gathered.items():
            samples = [step for step in members if self._repeat(step) == "samples"]
            self._groups[key] = Group(members, samples)

    def take(self, sent: Facts) -> Step | None:
        """The step that answers, counted as played, or None when no open step passes the gates."""
        group = self._groups.get(self._gate(sent))
        if group is None:
            return None
        # At temperature 0 a sample is the same one each time, so it never runs out.
        candidates = group.open | group.samples if sent.temperature == "zero" else group.open
        if not candidates:
            return None
        step = group.best(candidates, sent) if len(candidates) > 1 else next(iter(candidates.values()))
        self.played[step.number] += 1
        if self._repeat(step) != "any":
            group.open.pop(step.number, None)
        return step

    def nearest(self, sent: Facts) -> Step | None:
        """The step that a request without an answer most probably meant, played ones included."""
        if not self.steps:
            return None
        following = next((step for step in self.steps if not self.played[step.number]), None)
        content = Group(self.steps).scores(sent)

        def likeness(step: Step) -> float:
            same = sum(getattr(step.facts, fact) == getattr(sent, fact) for fact in _COMPARED)
            open_ = not self.played[step.number]
            return (
                2 * (step.facts.operation == sent.operation)
                + same / len(_COMPARED)
                + 2 * content.get(step.number, 0.0)
                + 0.5 * open_
                + (step is following)
            )

        return max(self.steps, key=lambda step: (likeness(step), -step.number))

    def differences(self, sent: Facts, step: Step) -> list[tuple[str, Any, Any]]:
        """What keeps `step` from answering, as (fact, sent, recorded); empty if it was merely played."""
        pairs = ((gate, getattr(sent, gate), getattr(step.facts, gate)) for gate in self.gates)
        return [(gate, mine, recorded) for gate, mine, recorded in pairs if mine != recorded]

    @property
    def unplayed(self) -> list[Step]:
        return [step for step in self.steps if not self.played[step.number]]

    def _gate(self, known: Facts) -> tuple[Any, ...]:
        return tuple(getattr(known, gate) for gate in self.gates)

    def _repeat(self, step: Step) -> str:
        return self._repeats or step.repeat


class Group:
    """Steps that pass the same gates, indexed by the words that tell them apart."""

    def __init__(self, steps: Sequence[Step], samples: Sequence[Step] = ()) -> None:
        self.steps = list(steps)
        self.open = {step.number: step for step in steps}
        self.samples = {step.number: step for step in samples}
        self._holders: dict[str, list[int]] | None = None
        self._vocabulary: frozenset[str] = frozenset()
        self._rarest = 0.0
        self._weight: dict[str, float] = {}
        self._total: dict[int, float] = {}

    def best(self, candidates: Mapping[int, Step], sent: Facts) -> Step:
        """The likeliest candidate: content, then recorded order; the same turn decides what is close."""
        alike = self.scores(sent)

        def likeness(step: Step) -> float:
            return alike.get(step.number, 0.0) + _SAME_TURN * (step.facts.turn == sent.turn)

        close = [candidates[number] for number in alike if number in candidates]
        if max(map(likeness, close), default=0.0) <= _SAME_TURN + _TIE:
            close = list(candidates.values())  # nothing stands out by its words: all of them compete
        enough = max(map(likeness, close)) - _TIE
        return min((step for step in close if likeness(step) >= enough), key=lambda found: found.number)

    def scores(self, sent: Facts) -> dict[int, float]:
        """Content overlap by step number, up to 1; rare words count more, common ones nothing."""
        holders = self._index()
        shared: defaultdict[int, float] = defaultdict(float)
        for word in sent.mentions & holders.keys():
            for number in holders[word]:
                shared[number] += self._weight[word]
        # Words that no step has weigh as much as the rarest: a request in other words is like none, a tie,
        # and not like the one step that shares a stray word with it.
        known = sum(self._weight.get(word, 0.0) for word in sent.mentions)
        asked = known + self._rarest * len(sent.mentions - self._vocabulary)
        return {number: held / sqrt(asked * self._total[number]) for number, held in shared.items()}

    def _index(self) -> dict[str, list[int]]:
        # Built at the second candidate, not before: most recordings need no ranking at all.
        if self._holders is None:
            holders: defaultdict[str, list[int]] = defaultdict(list)
            for step in self.steps:
                for word in step.facts.mentions:
                    holders[word].append(step.number)
            self._vocabulary = frozenset(holders)
            self._rarest = log(len(self.steps)) if self.steps else 0.0
            self._holders = {word: held for word, held in holders.items() if len(held) < len(self.steps)}
            self._weight = {word: log(len(self.steps) / len(held)) for word, held in self._holders.items()}
            self._total = {
                step.number: sum(self._weight.get(word, 0.0) for word in step.facts.mentions)
                for step in self.steps
            }
        return self._holders
