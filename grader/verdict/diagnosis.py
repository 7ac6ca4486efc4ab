"""From how a check ended to words: the state, what happened, what was expected, where, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.contract.loading import install, waits_for_input
from grader.contract.missing import BrokenModule, MissingName, declaration
from grader.contract.plain import NotPlain
from grader.verdict import evidence as ev
from grader.verdict import reading
from grader.verdict.evidence import Evidence, Row, at, said, through
from grader.verdict.limits import TimeUp
from grader.verdict.network import NetworkBlocked
from grader.verdict.outcome import BLOCKED, BROKEN, FAILED, GRADER_ERROR, NOT_STARTED, Check
from grader.verdict.reading import Place
from grader.verdict.refusals import Refused
from grader.verdict.troubles import Blocked, Endless, NoCassette
from grader.verdict.values import compared
from grader.verdict.wording import clip, count, path

REPORT = "Report it, please, with what the same command prints with --tb=native."


def diagnose(evidence: Evidence) -> Check:
    """Fill in the check: state, kind, rows, happened, expected, where and next."""
    evidence.error = reading.principal(evidence.error)
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


def _look(place: Place, advice: str = "") -> dict[str, str]:
    where = path(place.file, place.line)
    return {"where": where, "next": f"Look at {where}. {advice}".strip()}


def _open(evidence: Evidence) -> bool:
    """Tell a check whose own task is still a stub: whatever else it waits for, nobody has begun it."""
    task = evidence.check.task
    stub = reading.stubs(evidence.source.file).get(task)
    if stub is None:
        return False
    place, sentence = stub
    happened, where = f"Task {task} is not started.", path(place.file, place.line)
    _set(evidence, NOT_STARTED, "not_started", happened, at(place), where=where, next=sentence)
    return True


def _blocked(evidence: Evidence, error: Blocked) -> None:
    if _open(evidence):
        return
    _set(
        evidence,
        BLOCKED,
        "blocked",
        str(error),
        [],
        blocked_by=error.task,
        next=f"Do task {error.task} first.",
    )


def _broken(evidence: Evidence, error: BrokenModule) -> None:
    place = Place(str(error.file), error.line or 0, reading.line_of(error.file, error.line))
    if error.kind == "task":
        _unfinished(evidence, NotImplementedError(error.problem), place)
        return
    happened = f"{path(error.file)} cannot be loaded: {error.problem}"
    rows = [("problem", error.problem), *at(place)]
    _set(evidence, BROKEN, error.kind, happened, rows, where=path(place.file, place.line), next=error.remedy)


def _not_installed(evidence: Evidence, error: ModuleNotFoundError) -> None:
    """A package that is imported late, while a check runs: nothing was judged, so nothing has failed."""
    problem = f"The package {error.name!r} is not installed."
    rows = [*evidence.called(), ("problem", problem)]
    _set(evidence, BROKEN, "import", problem, rows, next=install(str(error.name)))


def _missing(evidence: Evidence, error: MissingName) -> None:
    rows = [("problem", str(error))]
    if error.declared:
        rows.append(("declared", error.declared))
    advice = f"Put {error.name} back into {path(error.file)}, under this name."
    _set(evidence, BROKEN, "missing_name", str(error), rows, where=path(error.file), next=advice)


def _not_started(evidence: Evidence, error: BaseException) -> None:
    _unfinished(evidence, error, evidence.learners(error) or evidence.entrance())


def _unfinished(evidence: Evidence, error: BaseException, place: Place) -> None:
    """Not started if the stub is of the check's own task; otherwise blocked by the task of the stub."""
    task = reading.task_of(error)
    own = task == evidence.check.task
    if not own and _open(evidence):
        return
    state, kind = (NOT_STARTED, "not_started") if own else (BLOCKED, "blocked")
    happened = f"Task {task} is not started." if own else f"It calls for task {task}, which is not started."
    reached = [] if own else [("problem", happened)]
    _set(
        evidence, state, kind, happened, [*evidence.called(), *reached, *at(place)],
        where=path(place.file, place.line), next=str(error), blocked_by=None if own else task,
    )  # fmt: skip


def _let_pass(evidence: Evidence, error: BaseException) -> str:
    """Advice for code that caught what ends a check; `except Exception` lets it through."""
    if not evidence.swallowed(error):
        return ""
    return "Your code caught this and went on: catch the errors that you expect, by name."


def _miss(evidence: Evidence, error: Any) -> None:
    place = evidence.learners(error) or evidence.place()
    words = str(error.words())
    rows = [*evidence.called(), *at(place), *evidence.passage(), ("", words)]
    happened = " ".join(words.partition("\n\n")[0].split())
    look = _look(place or evidence.entrance(), _let_pass(evidence, error))
    _set(evidence, FAILED, "miss", happened, rows, expected="the calls of the recording", **look)


def _network(evidence: Evidence, error: NetworkBlocked) -> None:
    place = evidence.learners(error) or evidence.place()
    happened = f"The code reached for {error.host}, but checks run offline."
    advice = "Reach the model through the SDK's client, and leave its address (base URL) alone. "
    advice += _let_pass(evidence, error)
    _set(
        evidence, FAILED, "network", happened, [*evidence.called(), ("problem", happened), *at(place)],
        expected="no connection beside the SDK's calls", **_look(place or evidence.entrance(), advice),
    )  # fmt: skip


def _slow(evidence: Evidence, error: TimeUp) -> None:
    place, entry = evidence.place(), evidence.entry
    name = f"{evidence.source.module.slug}.{entry.name}" if entry else "The check"
    made = f"{count(evidence.calls, 'call')} to the model {'was' if evidence.calls == 1 else 'were'} made"
    happened = f"{name} was still running after {error.seconds:g} s; {made}."
    advice = "Look for a loop without an end, or for a wait in real time."
    _set(
        evidence, FAILED, "timeout", happened, [*evidence.called(), ("problem", happened), *at(place)],
        expected=f"an end within {error.seconds:g} s", **_look(place or evidence.entrance(), advice),
    )  # fmt: skip


def _not_tried(evidence: Evidence, error: Endless) -> None:
    rows = [("problem", str(error))]
    advice = f"Make {error.name} end first."
    _set(evidence, FAILED, "timeout", str(error), rows, expected="an end of the other case", next=advice)


def _refused(evidence: Evidence, error: Refused) -> None:
    """The check passed on a reply that its request would never have got."""
    place = evidence.entrance()
    rows = [*evidence.called(), ("problem", str(error)), *(at(place) if place.line else [])]
    _set(evidence, FAILED, "refused", str(error), rows, expected="a request that is taken", **_look(place))


def _not_plain(evidence: Evidence, error: NotPlain) -> None:
    happened = f"{error.place} is {error.found}, which is not plain data."
    rows = [*evidence.called(), ("got", f"{error.found}\nin {error.place}"), ("expected", error.rule)]
    look = _look(evidence.entrance(), error.remedy)
    _set(evidence, FAILED, "not_plain", happened, rows, expected=error.rule, **look)


def _signature(evidence: Evidence, error: TypeError) -> None:
    name = evidence.entry.name if evidence.entry else ""
    declared = declaration(evidence.source.module.reference, name)
    rows = [*evidence.called(), ("problem", f"{error}."), *([("declared", declared)] if declared else [])]
    look = _look(evidence.entrance(), f"Give {name} its parameters back.")
    _set(
        evidence,
        FAILED,
        "signature",
        f"The call did not fit: {error}.",
        rows,
        expected=declared or "",
        **look,
    )


def _input(evidence: Evidence, error: BaseException) -> None:
    place = evidence.learners(error)
    happened = "The code waits for input, and nobody types during a check."
    rows = [*evidence.called(), ("problem", happened), *at(place)]
    look = _look(place or evidence.entrance(), "Take the value as a parameter.")
    _set(evidence, FAILED, "input", happened, rows, expected="a result", **look)


def _left(evidence: Evidence, error: BaseException) -> None:
    skips = type(error).__name__ in ("Skipped", "SkipTest")
    happened = f"The code tried to {'skip the check' if skips else 'end the program'} ({said(error)})."
    place = evidence.place()
    rows = [*evidence.called(), ("problem", happened), *at(place)]
    look = _look(place or evidence.entrance(), "Only a result passes.")
    _set(evidence, FAILED, "left", happened, rows, expected="a result", **look)


def _wrong_value(evidence: Evidence, error: BaseException) -> None:
    test = evidence.tested()
    statement = reading.assertion(test.file, test.line) if test else None
    rows, happened, expected = compared(error, statement, evidence.comparison)
    sender, place = evidence.sender(), evidence.entrance()
    result = [] if evidence.compares_result() else evidence.result()
    rows = [*evidence.called(), *result, *rows]
    look = _look(sender[0] if sender else place)
    if sender:
        rows += [*at(sender[0]), *through(sender[::-1])]
    elif evidence.entry and evidence.right_in_itself():
        file = path(place.file)
        advice = f"{evidence.entry.name}() itself is right: look at what it uses in {file}."
        look = {"where": file, "next": advice}
    elif place.line:
        rows += at(place)
    _set(evidence, FAILED, "wrong_value", happened, rows, expected=expected, **look)


def _raised(evidence: Evidence, error: BaseException) -> None:
    """An exception out of the learner's code."""
    place, test = evidence.place(), evidence.tested()
    statement = reading.assertion(test.file, test.line) if test else None
    wanted = statement.raises if statement else ""
    rows = [*evidence.called(), ("raised", clip(said(error), 400))]
    rows += [*([("expected", wanted)] if wanted else []), *at(place), *evidence.passage()]
    name = f"{evidence.entry.name}()" if evidence.entry else evidence.source.file.name
    happened = f"{name} raised {clip(said(error), 200)}"
    look = _look(place or evidence.entrance())
    _set(evidence, FAILED, "exception", happened, rows, expected=wanted or "no exception", **look)


def _unreadable(evidence: Evidence, error: BaseException) -> None:
    """The test could not read what it was given: a missing key, None, a list that is too short."""
    test, place = evidence.tested(), evidence.entrance()
    line = test.text if test else ""
    rows = [*evidence.called(), *evidence.result(), ("read as", line), ("but", said(error)), *at(place)]
    happened = f"The result cannot be read as {clip(line, 100)} ({said(error)})."
    _set(evidence, FAILED, "unreadable", happened, rows, expected=line, **_look(place))


def _no_cassette(evidence: Evidence, error: NoCassette) -> None:
    _set(
        evidence, GRADER_ERROR, "no_cassette", str(error), [("problem", str(error))],
        next=f"Get the recordings back: git checkout -- cassettes/{evidence.source.module.key}",
    )  # fmt: skip


def _our_fault(evidence: Evidence, error: BaseException) -> None:
    frames = reading.frames(error)
    place = frames[-1] if frames else None
    rows = [("problem", clip(said(error), 400)), *at(place)]
    where = path(place.file, place.line) if place else ""
    happened = f"The grader failed, not your code: {clip(said(error), 200)}"
    _set(evidence, GRADER_ERROR, "grader", happened, rows, where=where, next=REPORT)


# In this order: the first that fits any exception of the chain tells. Causes come before what they led to.
_TELL: list[tuple[Any, Callable[[Evidence, Any], None]]] = [
    (Blocked, _blocked),
    (BrokenModule, _broken),
    (ModuleNotFoundError, _not_installed),
    (MissingName, _missing),
    (TimeUp, _slow),
    (Endless, _not_tried),
    (Refused, _refused),
    (ev.is_miss, _miss),
    (NetworkBlocked, _network),
    (ev.is_stub, _not_started),
    (NotPlain, _not_plain),
    (NoCassette, _no_cassette),
    (ev.is_signature, _signature),
    (lambda _, error: waits_for_input(error), _input),
    (ev.named("Skipped", "SkipTest", "Exit", "SystemExit"), _left),
    (ev.is_ours, _our_fault),
    (ev.is_asserted, _wrong_value),
    (ev.is_learners, _raised),
    (ev.is_unreadable, _unreadable),
]
