"""How far is the learner, and what comes next? Read from the last verdict of each module."""

from __future__ import annotations

import argparse

from grader import course
from grader.course import Module
from grader.verdict import hints
from grader.verdict.outcome import PASSED, Outcome, load_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--next", action="store_true", help="print only the next command")


def bar(outcome: Outcome | None, tasks: int) -> str:
    """One mark per task: `#` passed, `.` not yet."""
    if outcome is None:
        return "." * tasks
    return "".join("#" if task.state == PASSED else "." for task in outcome.tasks)


def state(outcome: Outcome | None) -> str:
    """A module's progress in a few words."""
    if outcome is None:
        return "not started"
    if outcome.ok:
        return "done"
    if not outcome.checks:
        return "broken"
    return f"{outcome.passed} of {len(outcome.checks)} checks"


def next_module() -> Module:
    """The first module that is not done, or the last one when all are."""
    known = load_progress()
    modules = [m for m in course.modules() if m.test_file.is_file()]
    if not modules:
        raise course.UnknownModule(
            "There is no module with checks under exercises/. Restore it: git checkout -- exercises"
        )
    return next((m for m in modules if m.key not in known or not known[m.key].ok), modules[-1])


def after(module: Module) -> Module:
    """The module that follows in course order; the first again after the last."""
    modules = [m for m in course.modules() if m.test_file.is_file()]
    return modules[(modules.index(module) + 1) % len(modules)]


def done(module: Module) -> bool:
    """Whether the last verdict on this module had nothing to say."""
    outcome = load_progress().get(module.key)
    return outcome is not None and outcome.ok


def next_task(module: Module) -> int:
    """The task the last verdict recommended, or the module's first task."""
    outcome = load_progress().get(module.key)
    if outcome and outcome.hint_task is not None:
        return outcome.hint_task
    return min(hints.titles(module), default=1)


def line(module: Module, outcome: Outcome | None) -> str:
    """One module: key, marks, state, title; at most 80 columns."""
    marks = bar(outcome, len(hints.titles(module)))
    text = f"{module.key:<14} {marks:<9} {state(outcome):<17} {module.title}"
    return text if len(text) <= 80 else text[:79] + "…"


def run(args: argparse.Namespace) -> int:
    """Print every module with its progress, then the next command."""
    known = load_progress()
    modules = [m for m in course.modules() if m.test_file.is_file()]
    if not args.next:
        print("\n".join(line(module, known.get(module.key)) for module in modules) + "\n")
    if modules and all(m.key in known and known[m.key].ok for m in modules):
        print("Every module passes.")
        return 0
    print(f"next: pytest {next_module().exercise.relative_to(course.ROOT)}")
    return 0
