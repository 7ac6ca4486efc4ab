"""All that is known when a check has ended with an exception, and what a diagnosis asks of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.contract.facade import Entry
from grader.contract.sides import Source
from grader.verdict import reading
from grader.verdict.outcome import Check
from grader.verdict.reading import Place
from grader.verdict.sending import of_task, senders
from grader.verdict.wording import clip, path, show

GRADER = Path(__file__).resolve().parent.parent
# Rooms whose own exceptions are our fault; the rest of the package (model tiers, prices) is used by learners.
OURS = tuple(str(GRADER / room) for room in ("replay", "contract", "verdict", "grade", "plugin.py"))
FACADE, VISIT = str(GRADER / "contract" / "facade.py"), str(GRADER / "contract" / "visit.py")
# What a recording replays on purpose: the transport raises these in our code, as it would in the network's.
REPLAYED = ("httpx", "httpx2", "httpcore")
UNREADABLE = (TypeError, KeyError, IndexError, AttributeError, ValueError, StopIteration, StopAsyncIteration)
PUBLIC = {"pydantic_core": "pydantic"}  # the name by which people import it
Row = tuple[str, str]


@dataclass
class Evidence:
    """The check, its exception, the calls into the learner's code, and the comparison that failed last.

    `sent` is the ledger of the check: the calls to the model.
    """

    source: Source
    test_file: Path
    check: Check
    error: BaseException
    entries: list[Entry] = field(default_factory=list)
    calls: int = 0
    comparison: tuple[str, Any, Any] | None = None
    sent: Sequence[Any] = ()

    @property
    def entry(self) -> Entry | None:
        """The call into the learner's code that the words are about: the one that raised, else the last."""
        carried = [id(error) for error in reading.chain(self.error)]
        raised = [e for e in self.entries if e.state == "running" or id(e.error) in carried]
        return raised[-1] if raised else self.entries[-1] if self.entries else None

    def learners(self, error: BaseException) -> Place | None:
        """The deepest line of the learner's own code that an exception went through."""
        remote = getattr(error, "remote_place", None)
        if remote:
            return Place(str(remote[0]), *remote[1:])
        own = [place for place in reading.frames(error) if self.source.owns(place.file)]
        return own[-1] if own else None

    def place(self) -> Place | None:
        """The deepest line of the learner's code in the chain of exceptions; a group's own comes last."""
        errors = sorted(reading.chain(self.error), key=lambda error: isinstance(error, BaseExceptionGroup))
        places = map(self.learners, errors)
        return next((place for place in places if place), None)

    def passage(self) -> list[Row]:
        """Where the exception left the functions above the one that raised it: the next, the outermost."""
        for error in reading.chain(self.error):
            own = [place for place in reading.frames(error) if self.source.owns(place.file)]
            if own:
                return through(own)
        return []

    def tested(self) -> Place | None:
        """The line of the test that was running."""
        for error in reading.chain(self.error):
            own = [place for place in reading.frames(error) if Path(place.file) == self.test_file]
            if own:
                return own[-1]
        return None

    def entrance(self) -> Place:
        """The first line of the function that the check called, or of the file when it called none."""
        entry = self.entry
        if entry is None or not self.source.owns(entry.file):  # wrapped by a library, or in another process
            return Place(str(self.source.file), 0, "")
        return Place(entry.file, entry.line, reading.line_of(entry.file, entry.line))

    def sender(self) -> list[Place]:
        """This task's lines that sent what the failed assertion looks at, innermost first; else empty."""
        test = self.tested()
        if test is None or self.compares_result():
            return []
        found = senders(self.test_file, test.line, self.sent, self.source.owns)
        return of_task(found, self.check.task, self.source.module.reference, self.test_file)

    def right_in_itself(self) -> bool:
        """Whether the called function is the reference's too, as given ones are: the fault is below it."""
        mine, reference = self.source.file, self.source.module.reference
        name = self.entry.name if self.entry else ""
        return mine != reference and reading.same_function(name, mine, reference)

    def compares_result(self) -> bool:
        """Whether the failed comparison is about the very value that the call returned."""
        entry = self.entry
        if self.comparison is None or entry is None or entry.state != "returned":
            return False
        return any(side is entry.value for side in self.comparison[1:])

    def swallowed(self, error: BaseException) -> bool:
        """Whether this was caught on its way and remembered: then it never passed through the test."""
        return all(Path(place.file) != self.test_file for place in reading.frames(error))

    # Rows that many diagnoses share.

    def called(self) -> list[Row]:
        return [("called", self.entry.words())] if self.entry else []

    def result(self) -> list[Row]:
        """What the call gave, in one row."""
        entry = self.entry
        if entry is None or entry.state == "running":
            return []
        if entry.state == "raised":
            return [("raised", clip(said(entry.error)))]
        if callable(entry.value):
            return [("returned", f"<{type(entry.value).__name__}>")]
        if entry.value is None and reading.returns_nothing(Path(entry.file), entry.line):
            return [("returned", f"None: {entry.name} ends without a return")]
        return [("gave" if entry.streamed else "returned", show(entry.value))]


def through(own: list[Place]) -> list[Row]:
    """Of the learner's lines, outermost first: where the functions above the innermost one stood."""
    above = [place for place in own if place.function != own[-1].function]
    chosen = dict.fromkeys([*above[-1:], *above[:1]])
    return [("through", text) for place in chosen for _, text in at(place)]


def at(place: Place | None) -> list[Row]:
    """`exercises/04_cot/cot.py:57` and the line itself."""
    if place is None:
        return []
    where = path(place.file, place.line)
    return [("at", f"{where}\n  {clip(place.text, 120)}" if place.text else where)]


def said(error: BaseException | None) -> str:
    """`openai.RateLimitError: no quota`: the package if it is another's, the type, the message if any.

    Of a group the first member is told too: "unhandled errors in a TaskGroup" names no cause.
    """
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__} of {len(error.exceptions)}, the first: {said(error.exceptions[0])}"
    name = _package(type(error)) + type(error).__name__
    return f"{name}: {error}" if str(error) else name


def _package(kind: type) -> str:
    """`openai.` for what an installed package defines; nothing for Python's, the learner's and our own."""
    root = kind.__module__.partition(".")[0]
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    installed = {"site-packages", "dist-packages"}.intersection(Path(file).parts)
    return f"{PUBLIC.get(root, root)}." if installed else ""


# Predicates: does this exception of the chain call for that diagnosis?

Predicate = Callable[[Evidence, BaseException], bool]


def named(*names: str) -> Predicate:
    """Exceptions of libraries that need not be imported to be recognised."""
    return lambda _, error: type(error).__name__ in names


def is_miss(_: Evidence, error: BaseException) -> bool:
    return type(error).__name__ == "Miss" and hasattr(error, "differences")


def is_stub(_: Evidence, error: BaseException) -> bool:
    return reading.task_of(error) is not None


def is_signature(_: Evidence, error: BaseException) -> bool:
    """The call itself did not fit: it failed in the facade, before any line of the learner's function."""
    if is_remote(error):
        return isinstance(error, TypeError) and error.remote_place is None  # type: ignore[attr-defined]
    frames = reading.frames(error)
    return isinstance(error, TypeError) and bool(frames) and frames[-1].file == FACADE


def is_ours(_: Evidence, error: BaseException) -> bool:
    """Raised inside the grader itself, and not one of the faults that a recording replays on purpose."""
    frames = reading.frames(error)
    if is_remote(error) or not frames or not frames[-1].file.startswith(OURS) or frames[-1].file == VISIT:
        return False
    if type(error).__name__ == "NoSuchCall":  # the ledger is asked for more than the code did
        return False
    if not isinstance(error, Exception) or isinstance(error, (ConnectionError, TimeoutError)):
        return False  # a cancelled task, or a fault that is replayed to a library other than the SDKs'
    return type(error).__module__.split(".")[0] not in REPLAYED


def is_asserted(evidence: Evidence, error: BaseException) -> bool:
    """An assertion (or `pytest.fail`) of the test, not one inside the learner's code."""
    if error is not evidence.error or not (
        isinstance(error, AssertionError) or type(error).__name__ == "Failed"
    ):
        return False
    return evidence.learners(error) is None


def is_learners(evidence: Evidence, error: BaseException) -> bool:
    return error is evidence.error and (is_remote(error) or evidence.place() is not None)


def is_remote(error: BaseException) -> bool:
    """Raised in a submission's process: only its place there says whose it is: our code raises it again."""
    return hasattr(error, "remote_place")


def is_unreadable(evidence: Evidence, error: BaseException) -> bool:
    """The test could not read what the learner's code gave it."""
    return bool(evidence.entries) and isinstance(error, UNREADABLE) and evidence.tested() is not None
