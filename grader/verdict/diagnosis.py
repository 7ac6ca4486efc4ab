"""From how a check ended to words: the state, what happened, what was expected, where, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.contract.facade import Entry
from grader.contract.missing import BrokenModule, MissingName, declaration
from grader.contract.plain import NotPlain
from grader.contract.sides import Source
from grader.verdict import reading
from grader.verdict.limits import TimeUp
from grader.verdict.network import NetworkBlocked
from grader.verdict.outcome import BLOCKED, BROKEN, FAILED, GRADER_ERROR, NOT_STARTED, Check
from grader.verdict.reading import Place
from grader.verdict.values import compared
from grader.verdict.wording import count, path, show

GRADER = Path(__file__).resolve().parent.parent
# Rooms whose own exceptions are our fault; the rest of the package (model tiers, prices) is used by learners.
OURS = tuple(str(GRADER / room) for room in ("replay", "contract", "verdict", "grade", "plugin.py"))
FACADE = str(GRADER / "contract" / "facade.py")
REPORT = "Please report it with the output of the same command with --tb=native."
Row = tuple[str, str]


@dataclass
class Evidence:
    """All that is known when a check has ended with an exception."""

    source: Source
    test_file: Path
    check: Check
    error: BaseException
    entries: list[Entry] = field(default_factory=list)
    calls: int = 0
    comparison: tuple[str, Any, Any] | None = None

    @property
    def entry(self) -> Entry | None:
        """The call into the learner's code that the words are about: the one that raised, else the last."""
        raised = [e for e in self.entries if e.state in ("raised", "running") and self._carries(e)]
        return raised[-1] if raised else self.entries[-1] if self.entries else None

    def _carries(self, entry: Entry) -> bool:
        return entry.state == "running" or any(e is entry.error for e in reading.chain(self.error))

    def learners(self, error: BaseException) -> Place | None:
        """The deepest line of the learner's own code that an exception went through."""
        remote = getattr(error, "remote_place", None)
        if remote:
            return Place(*remote)
        own = [place for place in reading.frames(error) if self.source.owns(place.file)]
        return own[-1] if own else None

    def place(self) -> Place | None:
        """The deepest line of the learner's code in the whole chain of exceptions."""
        places = (self.learners(error) for error in reading.chain(self.error))
        return next((place for place in places if place), None)

    def entrance(self) -> str:
        """`exercises/04_cot/cot.py:41`, where the function that the check called begins."""
        entry = self.entry
        return path(self.source.file, entry.line) if entry and entry.line else path(self.source.file)


def diagnose(evidence: Evidence) -> Check:
    """Fill in the check: state, kind, rows, happened, expected, where and next."""
    for kind, tell in _TELL:
        for error in reading.chain(evidence.error):
            if isinstance(error, kind) if isinstance(kind, type) else kind(evidence, error):
                tell(evidence, error)
                return evidence.check
    _our_fault(evidence, evidence.error)
    return evidence.check


def _set(evidence: Evidence, state: str, kind: str, happened: str, rows: list[Row], **rest: Any) -> None:
    check = evidence.check
    check.state, check.kind, check.happened, check.rows = state, kind, happened, rows
    for name, value in rest.items():
        setattr(check, name, value)


def _called(evidence: Evidence) -> list[Row]:
    return [("called", evidence.entry.words())] if evidence.entry else []


def _at(place: Place | None) -> list[Row]:
    return [("at", f"{path(place.file, place.line)}\n  {place.text}")] if place else []


def _look(place: Place | None, evidence: Evidence) -> dict[str, str]:
    where = path(place.file, place.line) if place else evidence.entrance()
    return {"where": where, "next": f"Look at {where}."}


def _broken(evidence: Evidence, error: BrokenModule) -> None:
    where = path(error.file, error.line)
    if error.kind == "task":
        _unfinished(evidence, NotImplementedError(error.problem), where, [("", error.remedy)])
        return
    text = reading.line_of(error.file, error.line)
    rows = [("at", f"{where}\n  {text}" if text else where), ("problem", error.problem)]
    happened = f"{path(error.file)} cannot be loaded: {error.problem}"
    _set(evidence, BROKEN, error.kind, happened, rows, where=where, next=error.remedy)


def _missing(evidence: Evidence, error: MissingName) -> None:
    rows = [("problem", str(error))]
    if error.declared:
        rows.append(("declared", error.declared))
    next_step = f"Put {error.name} back into {path(error.file)}, under the name that the chapter gives it."
    _set(evidence, BROKEN, "missing_name", str(error), rows, where=path(error.file), next=next_step)


def _not_started(evidence: Evidence, error: BaseException) -> None:
    place = evidence.learners(error)
    where = path(place.file, place.line) if place else evidence.entrance()
    _unfinished(evidence, error, where, _at(place) if place else [])


def _unfinished(evidence: Evidence, error: BaseException, where: str, rows: list[Row]) -> None:
    """Not started if the stub is of the check's own task; otherwise blocked by the task of the stub."""
    task = reading.task_of(error)
    own = task == evidence.check.task
    said = str(error).partition(":")[2].strip()
    happened = f"Task {task} is not started." if own else f"It reached task {task}, which is not started."
    _set(
        evidence, NOT_STARTED if own else BLOCKED, "not_started" if own else "blocked", happened, rows,
        where=where, next=f"{said[:1].upper()}{said[1:]}" if said else f"Do task {task}.",
        blocked_by=None if own else task,
    )  # fmt: skip


def _miss(evidence: Evidence, error: Any) -> None:
    place = evidence.learners(error)
    words = str(error.words() if hasattr(error, "words") else error)
    rows = [*_called(evidence), *_at(place), ("", words)]
    happened = " ".join(words.split("\n\n")[0].split())
    _set(
        evidence,
        FAILED,
        "miss",
        happened,
        rows,
        expected="the calls of the recording",
        **_look(place, evidence),
    )


def _network(evidence: Evidence, error: NetworkBlocked) -> None:
    place = evidence.learners(error)
    happened = f"The code reached for {error.host}, and checks run offline."
    rows = [*_called(evidence), *_at(place), ("problem", happened)]
    _set(
        evidence, FAILED, "network", happened, rows,
        where=_look(place, evidence)["where"], expected="no connection but the SDK's calls, which are recorded",
        next="Reach the model through the SDK client only; leave its address (base URL) alone.",
    )  # fmt: skip


def _slow(evidence: Evidence, error: TimeUp) -> None:
    place = evidence.place()
    entry = evidence.entry
    name = f"{evidence.source.module.slug}.{entry.name}" if entry else "The check"
    made = f"{count(evidence.calls, 'call')} to the model {'was' if evidence.calls == 1 else 'were'} made"
    happened = f"{name} was still running after {error.seconds:g} s; {made}."
    rows = [*_called(evidence), ("problem", happened), *_at(place)]
    look = _look(place, evidence)
    advice = "Look for a loop without an end, or for a wait in real time."
    _set(evidence, FAILED, "timeout", happened, rows, where=look["where"], next=f"{look['next']} {advice}")


def _not_plain(evidence: Evidence, error: NotPlain) -> None:
    happened = f"{error.place} is {error.found}, which is not plain data."
    rows = [*_called(evidence), ("got", error.found), ("expected", "plain data: " + error.rule)]
    _set(
        evidence, FAILED, "not_plain", happened, rows,
        where=evidence.entrance(), next=error.remedy, expected="plain data",
    )  # fmt: skip


def _signature(evidence: Evidence, error: TypeError) -> None:
    name = evidence.entry.name if evidence.entry else ""
    declared = declaration(evidence.source.module.reference, name)
    rows = [*_called(evidence), ("problem", f"{error}."), *([("declared", declared)] if declared else [])]
    _set(
        evidence, FAILED, "signature", f"{evidence.source.module.slug}.{error}.", rows,
        expected=declared or "", where=evidence.entrance(),
        next=f"Give {name} its declared parameters back: {evidence.entrance()}.",
    )  # fmt: skip


def _left(evidence: Evidence, error: BaseException) -> None:
    place = evidence.place()
    kind = type(error).__name__
    deed = {"Skipped": "skip the check", "SkipTest": "skip the check"}.get(kind, "end the program")
    happened = f"The code tried to {deed} ({kind}: {error}), which does not count as passed."
    rows = [*_called(evidence), ("problem", happened), *_at(place)]
    _set(evidence, FAILED, "left", happened, rows, expected="a result", **_look(place, evidence))


def _wrong_value(evidence: Evidence, error: BaseException) -> None:
    test = next((p for p in reversed(reading.frames(error)) if Path(p.file) == evidence.test_file), None)
    statement = reading.assertion(test.file, test.line) if test else None
    rows, happened, expected = compared(error, statement, evidence.comparison)
    rows = [*_called(evidence), *_result(evidence.entry), *rows]
    _set(
        evidence, FAILED, "wrong_value", happened, rows,
        expected=expected, **_look(None, evidence),
    )  # fmt: skip


def _result(entry: Entry | None) -> list[Row]:
    """What the call gave, in one row."""
    if entry is None or entry.state == "running":
        return []
    if entry.state == "raised":
        return [("raised", f"{type(entry.error).__name__}: {entry.error}")]
    label = "returned" if not isinstance(entry.value, list) or entry.state != "streaming" else "gave"
    return [(label, show(entry.value))]


def _raised(evidence: Evidence, error: BaseException) -> None:
    """An exception out of the learner's code."""
    place = evidence.place()
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    rows = [*_called(evidence), ("raised", show_text(said)), *_at(place)]
    wanted = _wanted(evidence)
    if wanted:
        rows.append(("expected", wanted))
    name = evidence.entry.words() if evidence.entry else evidence.source.file.name
    _set(
        evidence, FAILED, "exception", f"{name} raised {said}", rows,
        expected=wanted or "no exception", **_look(place, evidence),
    )  # fmt: skip


def _wanted(evidence: Evidence) -> str:
    """The exception that the test waits for at this point, if it waits for one."""
    for place in reversed(reading.frames(evidence.error)):
        if Path(place.file) == evidence.test_file:
            statement = reading.assertion(place.file, place.line)
            return statement.raises if statement else ""
    return ""


def show_text(text: str) -> str:
    from grader.verdict.wording import clip

    return clip(text, 400)


def _unreadable(evidence: Evidence, error: BaseException) -> None:
    """The test could not read what the learner's code gave it: a missing key, None, a list that is too short."""
    test = [p for p in reading.frames(error) if Path(p.file) == evidence.test_file][-1]
    said = f"{type(error).__name__}: {error}"
    rows = [*_called(evidence), *_result(evidence.entry), ("check reads", test.text), ("but", said)]
    happened = f"The check could not read the result ({said})."
    _set(evidence, FAILED, "unreadable", happened, rows, expected=test.text, **_look(None, evidence))


def _our_fault(evidence: Evidence, error: BaseException) -> None:
    place = reading.frames(error)[-1] if reading.frames(error) else None
    said = f"{type(error).__name__}: {error}"
    rows = [("problem", show_text(said)), *_at(place)]
    happened = f"The grader failed, not your code: {said}"
    where = path(place.file, place.line) if place else ""
    _set(evidence, GRADER_ERROR, "grader", happened, rows, where=where, next=REPORT)


def _is_miss(evidence: Evidence, error: BaseException) -> bool:
    return type(error).__name__ == "Miss" and hasattr(error, "differences")


def _is_signature(evidence: Evidence, error: BaseException) -> bool:
    """The call itself did not fit: it failed in the facade, before any line of the learner's function."""
    frames = reading.frames(error)
    return isinstance(error, TypeError) and bool(frames) and frames[-1].file == FACADE


def _is_ours(evidence: Evidence, error: BaseException) -> bool:
    """Raised inside the grader itself, and not one of the faults that a recording replays on purpose."""
    frames = reading.frames(error)
    module = type(error).__module__.split(".")[0]
    return bool(frames) and frames[-1].file.startswith(OURS) and module not in ("httpx", "httpx2", "httpcore")


def _is_learners(evidence: Evidence, error: BaseException) -> bool:
    return error is evidence.error and evidence.place() is not None


def _is_unreadable(evidence: Evidence, error: BaseException) -> bool:
    return bool(evidence.entries) and isinstance(error, (TypeError, KeyError, IndexError, AttributeError))


def _named(*names: str) -> Callable[[Evidence, BaseException], bool]:
    return lambda evidence, error: type(error).__name__ in names


def _asserted(evidence: Evidence, error: BaseException) -> bool:
    """An assertion (or `pytest.fail`) of the test, not one inside the learner's code."""
    if error is not evidence.error or not (
        isinstance(error, AssertionError) or type(error).__name__ == "Failed"
    ):
        return False
    return evidence.learners(error) is None


# In this order: the first that fits any exception of the chain tells. What names a cause comes before what it led to.
_TELL: list[tuple[Any, Callable[[Evidence, Any], None]]] = [
    (BrokenModule, _broken),
    (MissingName, _missing),
    (TimeUp, _slow),
    (_is_miss, _miss),
    (NetworkBlocked, _network),
    (lambda evidence, error: reading.task_of(error) is not None, _not_started),
    (NotPlain, _not_plain),
    (_is_signature, _signature),
    (_named("Skipped", "SkipTest", "Exit", "SystemExit"), _left),
    (_is_ours, _our_fault),
    (_asserted, _wrong_value),
    (_is_learners, _raised),
    (_is_unreadable, _unreadable),
]
