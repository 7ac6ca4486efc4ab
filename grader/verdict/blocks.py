"""Checks that did not pass, as blocks of text: one block per cause, not one per check."""

from __future__ import annotations

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
from grader.verdict.wording import count, paragraph, row, shorten, tail

# A line, and how it is set off where the terminal can.
Line = tuple[str, str]
COLOURS = {
    PASSED: "green", FAILED: "red", BLOCKED: "", NOT_STARTED: "yellow", BROKEN: "red", GRADER_ERROR: "purple",
}  # fmt: skip
WORDS = {
    PASSED: "passed", FAILED: "failed", BLOCKED: "blocked", NOT_STARTED: "not started",
    BROKEN: "broken", GRADER_ERROR: "our fault",
}  # fmt: skip
MOST = 3  # causes of one task told in full; more of them is a wall
PRINTED = 12  # lines of the learner's own output shown with a failed check


def plain_lines(*lines: str) -> list[Line]:
    return [(line, "") for line in lines]


def state_words(task: Task) -> str:
    """`passed`, `blocked by task 2`, `failed, 1 of 4`."""
    if task.state == BLOCKED and task.blocked_by is not None:
        return f"blocked by task {task.blocked_by}"
    words = WORDS[task.state]
    return words if task.state in (PASSED, NOT_STARTED) else f"{words}, {task.passed} of {task.total} passed"


def brief(check: Check) -> str:
    """One line for a check that is not told in full."""
    return shorten(f"            {check.function}: {check.happened}")


def blocks(outcome: Outcome, *, verbose: bool = False) -> list[Line]:
    """What is told in full: the first task that is not passed, or everything when `verbose`."""
    first = outcome.first()
    if first is None:
        return []
    told = [check for check in outcome.checks if check.state not in (PASSED, BLOCKED)]
    if not verbose:
        # A file that does not load stops the checks of every task: count them all.
        stopped = _cause(first) if first.state == BROKEN else None
        told = [check for check in told if check.task == first.task or _cause(check) == stopped] or [first]
    causes: dict[tuple[str, ...], list[Check]] = {}
    for check in told:
        causes.setdefault(_cause(check), []).append(check)
    groups = list(causes.values())
    whole = len(groups) if verbose else MOST
    lines = [line for group in groups[:whole] for line in [*_group(group, verbose), ("", "")]]
    if groups[whole:]:
        lines += plain_lines(f"  and, told in full with -v, {len(groups) - whole} more:")
        lines += [*plain_lines(*(brief(group[0]) for group in groups[whole:])), ("", "")]
    return lines


def _cause(check: Check) -> tuple[str, ...]:
    """Checks with the same cause share a block; wrong values share one per test function."""
    if check.state in (BROKEN, GRADER_ERROR):
        return check.state, check.kind, check.where or check.happened
    if check.state == NOT_STARTED:
        return check.state, str(check.task)
    return check.state, check.function


def _group(checks: list[Check], verbose: bool) -> list[Line]:
    first = checks[0]
    if first.state == NOT_STARTED:
        return _not_started(checks)
    if first.state in (BROKEN, GRADER_ERROR):
        return _whole(checks)
    if verbose:
        return [line for check in checks for line in [*block(check), ("", "")]][:-1]
    lines = block(first)
    if len(checks) > 1:
        cases = ", ".join(check.name.partition("[")[2].rstrip("]") for check in checks[1:])
        lines += plain_lines(*row("also", f"{count(len(checks) - 1, 'more case')}: {cases}"))
    return lines


def _not_started(checks: list[Check]) -> list[Line]:
    """The place of the stub, and the sentences of the task's checks: together they are its specification."""
    first = checks[0]
    lines: list[Line] = [(f"NOT STARTED  task {first.task}", COLOURS[NOT_STARTED])]
    sentences = dict.fromkeys(check.sentence for check in checks)
    several = ", some with several values" if len(sentences) < len(checks) else ""
    lines += plain_lines(*paragraph(f"What its {count(len(checks), 'check')} will ask{several}:"))
    for sentence in sentences:
        lines += plain_lines(*paragraph(sentence, 4, mark="- "))
    return lines


def _whole(checks: list[Check]) -> list[Line]:
    """A cause outside the checks: told once, with the number of checks that it stops."""
    first = checks[0]
    lines: list[Line] = [(f"{WORDS[first.state].upper()}  {_headline(first)}", COLOURS[first.state])]
    lines += plain_lines(*_rows(first))
    if len(checks) > 1:
        lines += plain_lines(*row("stops", count(len(checks), "check")))
    return lines


def _headline(check: Check) -> str:
    if check.state == BROKEN and check.kind == "missing_name":
        return "a name is missing"
    if check.state == BROKEN and check.kind == "import" and not check.where:  # met while a check ran
        return "a package is missing"
    return "your file cannot be loaded" if check.state == BROKEN else "the grader failed, not your code"


def block(check: Check) -> list[Line]:
    """One check that did not pass, in full."""
    head = f"{WORDS[check.state].upper()}  task {check.task}  {check.name}"
    lines: list[Line] = [(shorten(head), COLOURS[check.state])]
    return lines + plain_lines(*paragraph(check.sentence), "", *_rows(check))


def _rows(check: Check) -> list[str]:
    lines = [line for label, text in check.rows for line in row(label, text)]
    if check.printed:
        lines += row("printed", tail(check.printed, PRINTED))
    if check.traceback:
        lines += ["", *check.traceback.splitlines()]
    return lines


def whole_text(check: Check) -> str:
    """A check's block with its next step, for JUnit and for sessions with pytest's own report."""
    lines = [line for line, _ in block(check)]
    return "\n".join([*lines, *(row("next", check.next) if check.next else [])])


class Words(str):
    """A check's text as pytest's reports take it; `reprcrash.message` is the one line that JUnit shows."""

    message = ""

    @property
    def reprcrash(self) -> Words:
        return self

    @classmethod
    def of(cls, check: Check) -> Words:
        words = cls(whole_text(check))
        words.message = check.happened or check.state
        return words
