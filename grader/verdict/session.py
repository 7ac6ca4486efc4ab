"""One grading session: which checks there are, which may run, and how each of them ended. Knows no pytest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import CodeType, FunctionType
from typing import Any

from grader.contract.facade import Entry, Facade
from grader.contract.missing import BrokenModule, MissingName, Placeholder
from grader.contract.sides import Finder, Side
from grader.course import Module
from grader.models import Usage
from grader.verdict import hints, limits, reading, report
from grader.verdict.diagnosis import diagnose
from grader.verdict.evidence import Evidence
from grader.verdict.outcome import BROKEN, GRADER_ERROR, GRAVITY, PASSED, Check, Outcome, Task
from grader.verdict.troubles import Blocked, Endless
from grader.verdict.wording import path


@dataclass
class Graded:
    """One module under judgement: its checks in order, and what the session adds up over them."""

    module: Module
    facade: Facade | None = None
    checks: list[Check] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    error: str = ""
    sources: set[str] = field(default_factory=set)


class Session:
    """The checks of one run, by module; the plugin tells it what happens, the report reads its outcomes."""

    def __init__(self, side: Side, *, limit: float) -> None:
        self.side, self.limit = side, limit
        self.finder = Finder(side, lambda: limits.limit(limits.LOADING, self.hung, insist=False))
        self.modules: dict[str, Graded] = {}
        self.comparison: tuple[str, Any, Any] | None = None
        self.sent: Sequence[Any] = ()
        self.running: tuple[Check, Graded] | None = None
        self.verbose = False
        self.leave: Callable[[], None] = lambda: None

    def add(self, module: Module) -> Graded:
        """Begin to grade a module."""
        return self.modules.setdefault(module.key, Graded(module))

    def begin(self, check: Check, graded: Graded) -> None:
        """Forget the calls of the check before."""
        self.comparison, self.sent, self.running = None, (), (check, graded)
        for facade in self.finder.facades.values():
            facade.calls.clear()
        graded.facade = self.finder.facade(graded.module)

    def entries(self) -> list[Entry]:
        return [entry for facade in self.finder.facades.values() for entry in facade.calls]

    def blocker(self, check: Check, graded: Graded) -> int | None:
        """The first task that this check needs and that was tried in this session without passing.

        A needed task whose checks were left out on purpose (`-k`) does not block: the learner chose to go on.
        """
        unmet = [c for c in graded.checks if c.id in graded.ended and c.state != PASSED]
        # A check that reached this very task is no reason to keep it from being judged.
        tasks = {c.task for c in unmet if c.blocked_by != check.task}
        return min(tasks.intersection(check.needs), default=None)

    def obstacle(self, check: Check, graded: Graded, function: FunctionType) -> BaseException | None:
        """Why a check is not run at all, if so: a task that it needs, a broken module, a missing name."""
        unusable = self.unusable(graded, function)
        if isinstance(unusable, BrokenModule):
            return unusable
        task = self.blocker(check, graded)
        if task is not None:
            return Blocked(task)
        for other in graded.checks:
            if other.function == check.function and other.kind == "timeout" and other.id in graded.ended:
                return Endless(other.name)
        return unusable

    def unusable(self, graded: Graded, function: FunctionType) -> BaseException | None:
        """What keeps a test from running at all: a module that does not load, a name that the test uses."""
        broken = self.finder.facade(graded.module).source.broken
        if broken is not None:
            return broken
        for name in sorted(_names(function.__code__)):
            value = function.__globals__.get(name)
            if isinstance(value, Placeholder) and isinstance(value.trouble, (MissingName, BrokenModule)):
                return value.trouble
        return None

    def refused(self) -> BaseException | None:
        """An unfinished task or an unplain result that a passing test did not notice."""
        found = (facade.refused() for facade in self.finder.facades.values())
        return next((error for error in found if error), None)

    def failed(self, check: Check, graded: Graded, error: BaseException) -> Check:
        """Put the end of a check into words."""
        source = self.finder.facade(graded.module).source
        evidence = Evidence(source, graded.module.test_file, check, error, self.entries(), check.calls)
        evidence.comparison, evidence.sent = self.comparison, self.sent
        try:
            return diagnose(evidence)
        except Exception as reason:  # a diagnosis must never hide what it is about
            check.state, check.kind = GRADER_ERROR, "grader"
            check.happened = f"The grader could not explain {error!r}: {reason!r}"
            return check

    def hung(self) -> None:
        """Called from a thread when no exception stops the code: say where it is, report, and leave."""
        if self.running is not None:
            check, graded = self.running
            error = limits.TimeUp(self.limit)
            error.remote_place = reading.innermost(self.finder.facade(graded.module).source.owns)
            graded.ended.add(check.id)
            self.failed(check, graded, error)
        for graded in self.modules.values():
            if graded.module.slug not in self.finder.facades:
                file = path(graded.module.starter)
                graded.error = f"{file} was still being imported after {limits.LOADING:g} s."
        self.leave()

    def outcomes(self) -> list[Outcome]:
        """One outcome per module, in course order."""
        return [self._outcome(self.modules[key]) for key in sorted(self.modules)]

    def report(self, selected: str = "") -> list[tuple[str, str]]:
        """The report's lines; `selected` is what the command line narrowed the checks to."""
        outcomes = self.outcomes()
        if not any(made.checks or made.error for made in outcomes):
            return report.nothing(selected)
        modules = {key: graded.module for key, graded in self.modules.items()}
        return report.report(outcomes, modules, verbose=self.verbose)

    def _outcome(self, graded: Graded) -> Outcome:
        ran = sorted((c for c in graded.checks if c.id in graded.ended), key=lambda check: check.task)
        made = Outcome(graded.module.key, self.side.name, ran, error=graded.error)
        made.total = len(graded.checks)
        made.usage = sum((check.usage for check in ran), Usage())
        prices = [check.cost for check in ran]
        made.cost = None if None in prices else sum((price for price in prices if price), Decimal(0))
        made.calls = sum(check.calls for check in ran)
        made.source = " and ".join(sorted(graded.sources))
        made.tasks = _tasks(graded, ran)
        first = made.first()
        if first is not None:
            made.hint_task = _hint_task(first)
            made.next = first.next
        return made


def _names(code: CodeType) -> set[str]:
    """The global names that a function's code uses, nested functions included."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*(_names(part) for part in inner))


def _hint_task(check: Check) -> int | None:
    """Where a hint would help: the unfinished task that was reached, else the check's own."""
    if check.state in (GRADER_ERROR, BROKEN):
        return None
    return check.blocked_by or check.task


def _tasks(graded: Graded, ran: list[Check]) -> list[Task]:
    known = hints.titles(graded.module)
    stubs = reading.stubs(graded.module.starter)
    tasks = []
    for number in sorted({check.task for check in ran}):
        checks = [check for check in ran if check.task == number]
        worst = min(checks, key=lambda check: GRAVITY.index(check.state))
        title = known.get(number) or (stubs[number][1] if number in stubs else "")
        passed = sum(check.state == PASSED for check in checks)
        tasks.append(Task(number, title, worst.state, passed, len(checks), worst.blocked_by))
    return tasks
