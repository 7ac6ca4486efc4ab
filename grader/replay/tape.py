"""Takes every request, notes it in the ledger, and answers it from the recording, or makes the recording."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from grader.models import Usage
from grader.replay.facts import known_operation
from grader.replay.ledger import Answer, Call, Calls, note_headers, stack
from grader.replay.match import Matcher
from grader.replay.miss import Miss
from grader.replay.steps import Step

if TYPE_CHECKING:
    from grader.replay.engine import Engine
    from grader.replay.forward import Forward


class Tape:
    """A recording that plays, or one that is being made; `calls` is what the code under test really sent.

    `ignore` names gates that do not count (`format`, `tools`, ...), `require` facts that count in addition;
    `repeats` overrides what the steps declare; `scale` is the share of the recorded time that a replay takes.
    A recording asks `upstream` for its `scenario` in a `voice`, or the real hosts; `head` goes into the file.
    While recording, `steps` is the list recorded so far: it waits for answers that a client left early.
    """

    peak = 0  # the most calls in flight at once
    flying = 0  # calls in flight now
    bystanders = 0  # threads that were there before the tape opened
    _patches: ExitStack | None = None
    _closed = False

    def __init__(
        self,
        path: Path | str | None,
        *,
        mode: str = "replay",
        scale: float = 0.0,
        ignore: Iterable[str] = (),
        require: Iterable[str] = (),
        repeats: str | None = None,
        upstream: str | None = None,
        scenario: str | None = None,
        voice: int | None = None,
        head: Mapping[str, Any] | None = None,
        drain: float | None = None,
    ) -> None:
        self.path, self.recording = Path(path) if path else None, _records(mode)
        self.scale, self.repeats, self.upstream, self.voice = scale, repeats, upstream, voice
        self.scenario = scenario or (f"{self.path.parent.name}/{self.path.stem}" if self.path else None)
        self.drain, self._head = _silence(drain, upstream), dict(head or {})
        self.calls, self.misses, self.forwards = Calls(), list[Miss](), list["Forward"]()
        self.lock = threading.RLock()
        self.engine = self._load()
        self._matcher = Matcher(self.engine.steps, ignore=ignore, require=require, repeats=repeats)

    def _load(self) -> Engine:
        from grader.replay.engine import Engine, options  # late: see there

        engine: Engine = Engine.load(**options(self.path, fresh=self.recording))
        engine.tape = self
        return engine

    # What a check reads.

    @property
    def steps(self) -> list[Step]:
        for forward in list(self.forwards):
            forward.settle(self.drain)
        return self.engine.steps

    @property
    def usage(self) -> Usage:
        """Tokens of all live calls, failed ones included when they report any."""
        return sum((call.reply.usage for call in self._billed if call.reply), Usage())

    @property
    def cost(self) -> Decimal:
        """Dollars of all live calls at the models they named. Raises UnknownPrice, never counts zero."""
        return sum((call.reply.dollars(call.model) for call in self._billed if call.reply), Decimal(0))

    @property
    def _billed(self) -> Iterator[Call]:
        """Every call once: the results of a batch are paid for once, however often they are read."""
        read: set[str] = set()
        for call in self.calls:
            if not (call.reply and call.reply.batched and call.url in read):
                yield call
            read.add(call.url)

    @property
    def source(self) -> str | None:
        """Where the recording comes from (`stand-in`, `live`, `pocket`, `authored`); None without one."""
        return self.engine.head.get("source")

    @property
    def unplayed(self) -> list[Step]:
        """The steps that were never played: code that leaves some out did less than the reference."""
        return [] if self.recording else self._matcher.unplayed

    # What a transport does.

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request, noted in the ledger. Raises Miss when the recording has none.

        Close the answer when the client has it all or has left: until then the call is in flight.
        """
        if self.recording:
            return self.forward(method, url, headers, body).answer()
        with self.lock:  # finding and consuming a step is one act, or two threads get the same one
            call = self.note(method, url, headers, body)
            step = self._matcher.take(call.facts)
            if step is None:
                self.landed(call)
                raise self._missed(call)
            call.step, call.reply = step, step.reply
        return Answer(call, step, self.landed)

    def forward(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Forward:
        """Send one request on to the provider and record what comes back."""
        from grader.replay.forward import Forward  # late: only a recording needs it

        with self.lock:
            forward = Forward(self, self.note(method, url, headers, body), headers)
            self.forwards.append(forward)
        forward.start()
        return forward

    def note(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Call:
        """Enter one request in the ledger and count it as in flight."""
        with self.lock:
            call = Call(len(self.calls) + 1, method.upper(), url, note_headers(headers), body, stack=stack())
            self.calls.append(call)
            self.flying += 1
            self.peak = max(self.peak, self.flying)
        return call

    def landed(self, _call: Call) -> None:
        """The call is no longer in flight."""
        with self.lock:
            self.flying -= 1

    def _missed(self, call: Call) -> Miss:
        nearest = self._matcher.nearest(call.facts)
        differences = self._matcher.differences(call.facts, nearest) if nearest else []
        if self.path is None:
            kind = "no_cassette"
        elif not known_operation(call.facts.operation):
            kind = "unknown_operation"
        else:
            kind = "no_match" if differences or not nearest else "one_too_many"
        miss = Miss(
            kind,
            call=call.number,
            sent=call.facts,
            request=f"{call.method} {call.url}",
            steps=len(self._matcher.steps),
            nearest=nearest,
            differences=differences,
        )
        self.misses.append(miss)
        call.error = "miss"
        return miss

    # Opening and closing.

    def open(self) -> Tape:
        """Patch the HTTP libraries, so that this tape answers."""
        from vcr.patch import CassettePatcherBuilder

        from grader.replay.tap import tap

        self._patches = tap(self)
        for patcher in CassettePatcherBuilder(self.engine).build():
            self._patches.enter_context(patcher)
        self.bystanders = threading.active_count() - 1
        return self

    def close(self, propagating: BaseException | None = None) -> None:
        """Undo the patches, save a recording, and raise a miss that was swallowed.

        With an exception `propagating` nothing is saved, and a miss that it carries is not raised twice.
        """
        if self._patches:
            self._patches.close()
        if self._closed:
            return
        self._closed = True
        if self.recording and self.path and propagating is None:
            self._save()
        trouble = next((forward.trouble for forward in self.forwards if forward.trouble), None)
        if trouble:
            raise trouble from propagating
        if self.misses and not _carries_miss(propagating):
            raise self.misses[0]

    def _save(self) -> None:
        from grader.replay.provenance import finished

        for forward in self.forwards:
            forward.settle(self.drain, all_=True)
        if any(forward.trouble for forward in self.forwards):
            return
        head = finished(self._head, self.engine.steps, upstream=self.upstream, voice=self.voice)
        self.engine.head.update(head)
        self.engine._save(force=True)

    def __enter__(self) -> Tape:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(value)


def use(path: Path | str | None, **options: Any) -> Tape:
    """A tape to be opened with `with`; the options are those of `Tape`. Raises BadCassette."""
    return Tape(path, **options)


def _records(mode: str) -> bool:
    if mode not in ("replay", "record"):
        raise ValueError(f"{mode!r} is not a mode of a tape. Say 'replay' or 'record'.")
    return mode == "record"


def _silence(given: float | None, upstream: str | None) -> float:
    """Seconds of silence after which a call that its client left counts as hung: a vendor thinks for long."""
    if given is not None:
        return given
    return 5.0 if upstream else 60.0


def _carries_miss(error: BaseException | None) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_carries_miss(inner) for inner in error.exceptions)
    return isinstance(error, Miss)


__all__: Sequence[str] = ("Answer", "Call", "Miss", "Step", "Tape", "use")
