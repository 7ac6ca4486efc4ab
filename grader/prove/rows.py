"""Did a variant end as declared? Each run is judged into one row of the matrix, its problems in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from grader.prove.reading import Wrong
from grader.prove.runs import Run
from grader.verdict.outcome import BLOCKED, FAILED, GRADER_ERROR, NOT_STARTED, PASSED, Check, Outcome


@dataclass
class Row:
    """One variant: how each check ended, and what does not hold; `unmoved` checks run nothing it changes."""

    kind: str
    name: str
    states: dict[str, str]
    seconds: float
    declared: tuple[str, ...] = ()
    hint_task: int | None = None
    problems: list[str] = field(default_factory=list)
    unmoved: tuple[str, ...] = ()

    def state(self, check: str) -> str:
        """How a check ended; one that was left out passes, or is blocked by one that fails."""
        return PASSED if check in self.unmoved else self.states.get(check, "absent")

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def label(self) -> str:
        return self.kind if self.kind in ("reference", "starter") else f"{self.kind} {self.name}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def row(run: Run, wrong: Wrong | None = None) -> Row:
    """The row of one run; a wrong solution is judged by what its file declares."""
    made = Row(run.variant.kind, run.variant.name, run.states, round(run.seconds, 2))
    if wrong is not None and (wrong.error or not wrong.caught_by):
        made.problems.append(f"it {wrong.error or 'names no check in CAUGHT_BY'}.")
        return made
    if run.outcome is None or not run.outcome.checks:
        made.problems.append(_no_outcome(run))
        return made
    made.hint_task = run.outcome.hint_task
    for check in run.outcome.checks:
        if check.state == GRADER_ERROR:
            made.problems.append(f"{check.name} ended in an error of the grader: {check.happened}")
    if wrong is not None:
        made.declared = wrong.caught_by
        made.problems += _wrong(run.outcome, wrong)
    elif run.variant.kind == "reference":
        made.problems += _reference(run)
    elif run.variant.kind == "starter":
        made.problems += _starter(run.outcome)
    return made


def _no_outcome(run: Run) -> str:
    said = run.outcome.error if run.outcome else ""
    last = said or "\n".join(run.output.strip().splitlines()[-12:])
    return f"no check ran (exit code {run.exit_code}):\n{last}"


def _reference(run: Run) -> list[str]:
    checks = run.outcome.checks if run.outcome else []
    bad = [check for check in checks if check.state not in (PASSED, GRADER_ERROR)]
    found = [f"{check.name} {_ended(check)}, and the reference passes every check." for check in bad]
    if not bad:
        found += [
            f"no check plays step {', '.join(map(str, steps))} of {name}: record it again, or use it."
            for name, steps in run.unplayed.items()
        ]
    return found


def _starter(outcome: Outcome) -> list[str]:
    found = []
    for check in outcome.checks:
        if check.state == PASSED:
            found.append(f"{check.name} passes although nothing is written yet, so it proves nothing.")
        elif check.state == BLOCKED and check.blocked_by not in check.needs:
            found.append(
                f"{check.name} reached task {check.blocked_by} first: its mark names task {check.task}"
                f" and needs={list(check.needs)}. Name every task that it needs."
            )
        elif check.state not in (NOT_STARTED, BLOCKED, GRADER_ERROR):
            found.append(
                f"{check.name} {_ended(check)}, and an unwritten task is `not started` or `blocked`."
            )
    return found


def _wrong(outcome: Outcome, wrong: Wrong) -> list[str]:
    found = []
    for name in wrong.caught_by:
        cases = [check for check in outcome.checks if name in (check.name, check.function)]
        if not cases:
            found.append(f"{name} did not run: it is no check, or it runs nothing that the file changes.")
        elif not any(check.state == FAILED for check in cases):
            found.append(f"{name} should fail, and it {_ended(cases[0])}.")
    if not found and outcome.hint_task != wrong.hint:
        first = outcome.first()
        because = (
            f", because {first.name} (task {first.task}) {first.state.replace('_', ' ')}" if first else ""
        )
        found.append(
            f"the summary recommends the hint of task {outcome.hint_task}{because}; HINT is {wrong.hint}."
        )
    return found


def _ended(check: Check) -> str:
    if check.state == PASSED:
        return "passed"
    return f"ended as `{check.state.replace('_', ' ')}` ({check.happened or 'without words'})"
