"""The report of a session as lines of text: readable without colour, in 80 columns, the next step last."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from grader.verdict.outcome import (
    BLOCKED,
    BROKEN,
    FAILED,
    GRADER_ERROR,
    NOT_STARTED,
    PASSED,
    Check,
    Outcome,
    Task,
)
from grader.verdict.wording import clip, count, paragraph, row


class Words(str):
    """A check's block as pytest wants it: text, with the one-line message that JUnit shows."""

    @property
    def reprcrash(self) -> Words:
        return self

    @property
    def message(self) -> str:
        return str(getattr(self, "short", "") or self.partition("\n")[0])

    @classmethod
    def of(cls, check: Check) -> Words:
        words = cls("\n".join(line for line, _ in block(check)))
        words.short = check.happened  # type: ignore[attr-defined]
        return words


# A line and the colour that it gets where there is colour.
Line = tuple[str, str]
COLOURS = {
    PASSED: "green", FAILED: "red", BLOCKED: "", NOT_STARTED: "yellow", BROKEN: "red", GRADER_ERROR: "purple",
}  # fmt: skip
WORDS = {
    PASSED: "passed", FAILED: "failed", BLOCKED: "blocked", NOT_STARTED: "not started",
    BROKEN: "broken", GRADER_ERROR: "our fault",
}  # fmt: skip


def report(outcomes: list[Outcome], *, verbose: bool = False) -> list[Line]:
    """The whole report; several modules get one block each."""
    lines: list[Line] = []
    for outcome in outcomes:
        lines += module_block(outcome, verbose=verbose or len(outcomes) == 1 and False)
    return lines


def module_block(outcome: Outcome, *, verbose: bool = False) -> list[Line]:
    """One module: the failing checks, the tasks, the summary."""
    if outcome.error:
        return [(line, "") for line in (outcome.module, *paragraph(outcome.error))]
    lines: list[Line] = []
    for check in _expanded(outcome, verbose):
        lines += [*block(check), ("", "")]
    lines += list(_task_lines(outcome))
    lines += [("", ""), *_summary(outcome)]
    return lines


def _expanded(outcome: Outcome, verbose: bool) -> list[Check]:
    first = outcome.first()
    if first is None:
        return []
    if verbose:
        return [check for check in outcome.checks if check.state != PASSED]
    return [check for check in outcome.checks if check.task == first.task and check.state == first.state]


def block(check: Check) -> list[Line]:
    """One check that did not pass, in full."""
    lines: list[Line] = [
        (f"{WORDS[check.state].upper()}  task {check.task}  {check.name}", COLOURS[check.state])
    ]
    lines += [(line, "") for line in paragraph(check.sentence)]
    for label, text in check.rows:
        lines += [(line, "") for line in row(label, text)]
    if check.printed:
        lines += [(line, "") for line in row("printed", clip(check.printed, 600))]
    if check.next:
        lines += [(line, "") for line in row("next", check.next)]
    if check.traceback:
        lines += [("", ""), *((line, "") for line in check.traceback.splitlines())]
    return lines


def _task_lines(outcome: Outcome) -> Iterator[Line]:
    for task in outcome.tasks:
        yield f"  {task.number}  {clip(task.title, 40):<42}{_state(task)}", COLOURS[task.state]


def _state(task: Task) -> str:
    if task.state == PASSED:
        return "passed"
    if task.state == BLOCKED:
        return f"blocked by task {task.blocked_by}"
    return f"{WORDS[task.state]}  {task.passed} of {task.total}"


def _summary(outcome: Outcome) -> Iterator[Line]:
    yield (
        f"{outcome.passed} of {count(len(outcome.checks), 'check')} passed",
        "green" if outcome.ok else "red",
    )
    if outcome.calls:
        yield cost_line(outcome), ""
    if outcome.next:
        yield f"next: {outcome.next}", ""
    if outcome.hint_task is not None:
        yield f"hint: grader hint {outcome.module} {outcome.hint_task}", ""


def cost_line(outcome: Outcome) -> str:
    """`6 calls, 1,204 tokens, $0.000312 (recorded, stand-in)`."""
    tokens = outcome.usage.total_tokens
    source = f"recorded, {outcome.source}" if outcome.source else "recorded"
    price = "price unknown" if outcome.cost is None else f"${dollars(outcome.cost)}"
    return f"{count(outcome.calls, 'call')}, {count(tokens, 'token')}, {price} ({source})"


def dollars(cost: Decimal) -> str:
    """At least two digits of a small amount: `0.00031`, `0.02`, `1.20`."""
    if not cost:
        return "0.00"
    digits = max(2, 1 - cost.adjusted())
    return f"{cost:.{digits}f}"
