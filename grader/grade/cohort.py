"""`grader grade FOLDER`: one submission or a folder of them, each graded by a job of its own."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from grader.course import Module, UnknownModule, module, modules
from grader.grade import sandbox
from grader.grade.collect import POSIX, has
from grader.grade.desk import Desk, Silent
from grader.grade.protocol import Violation
from grader.grade.remote import BUDGET
from grader.record.vary import varied
from grader.verdict.outcome import BROKEN, GRADER_ERROR, PASSED, Outcome, write_json

MARGIN = 60.0  # seconds for a job's own imports, beside what its submission may use
NOT_RUN = "not run"
TRUST = "--i-trust-these-submissions"
WIDTH = 80


@dataclass
class Grade:
    """One submission's result. `checks` maps every check that there is to its state, at first "not run"."""

    name: str
    folder: Path
    checks: dict[str, str] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0
    outcome: Outcome | None = None

    @property
    def passed(self) -> int:
        return sum(state == PASSED for state in self.checks.values())

    def trouble(self) -> str:
        """Why there is no full score, in a line; empty if there is one."""
        if self.error:
            return self.error
        found = [check for check in self.outcome.checks if check.state != PASSED] if self.outcome else []
        if not found:
            return ""
        happened = found[0].happened.replace(f"{self.folder}{os.sep}", "")
        return happened if found[0].state == BROKEN else f"{found[0].name}: {happened}"

    def to_json(self) -> dict[str, Any]:
        score = self.passed / len(self.checks) if self.checks else 0.0
        told = {"passed": self.passed, "total": len(self.checks), "score": round(score, 4)}
        outcome = self.outcome.to_json() if self.outcome else None
        return {**asdict(self), **told, "folder": str(self.folder), "outcome": outcome}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `grader grade`."""
    parser.add_argument("folder", type=Path, help="a submission, or a folder of submissions")
    parser.add_argument("--module", help="which module they are for, if their files do not tell")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every result as JSON")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="submissions graded at once")
    parser.add_argument("--limit", type=float, metavar="S", help="seconds per check")
    parser.add_argument("--cassettes", metavar="DIR", help="take recordings from DIR/<module>/")
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="vary the recordings by N (default: anew each time; 0: not at all)",
    )
    parser.add_argument(TRUST, action="store_true", help="grade them also where there is no sandbox")


def run(args: argparse.Namespace) -> int:
    """Grade, print the table, write JSON. 0: all were graded, 1: some could not be, 2: nothing to grade."""
    if not POSIX:
        print("Grading submissions needs Linux or macOS: run it in WSL or in a container.", file=sys.stderr)
        return 2
    try:
        wanted = module(args.module) if args.module else _module_in(args.folder)
        found = submissions(args.folder, wanted)
    except (UnknownModule, LookupError) as reason:
        print(reason.args[0], file=sys.stderr)
        return 2
    if sandbox.missing() and not args.i_trust_these_submissions:
        print(
            f"{sandbox.missing()}.\nWithout a sandbox a submission can read and change whatever you can.\n"
            f"Add {TRUST} if you know who wrote them.",
            file=sys.stderr,
        )
        return 2
    options = [f"--limit={args.limit}"] if args.limit else []
    seed = random_seed() if args.seed is None else args.seed
    print(f"{textwrap.fill(sandbox.words(), WIDTH)}\n{_varied_by(seed)}\n", flush=True)
    with recordings(wanted, seed, args.cassettes) as folder:
        options += [f"--cassettes={folder}"] if folder else []
        grades = sorted(grade_all(wanted, found, options, args.jobs), key=lambda grade: grade.name)
    print("\n".join(table(wanted, grades)))
    if args.json:
        told = {"version": 1, "module": wanted.key, "sandbox": sandbox.words(), "seed": seed}
        write_json(args.json, {**told, "submissions": [grade.to_json() for grade in grades]})
    return 1 if any(grade.error for grade in grades) else 0


def random_seed() -> int:
    """A seed that nobody can know beforehand; never 0, which varies nothing."""
    return secrets.randbelow(10**9) + 1


def _varied_by(seed: int) -> str:
    return f"recordings varied: --seed {seed} repeats them" if seed else "recordings as they are: public"


@contextmanager
def recordings(wanted: Module, seed: int, given: str | None) -> Iterator[Path | None]:
    """The folder that the checks play: the module's recordings, or the `given` ones, varied by `seed`."""
    source = Path(given).resolve() if given else None
    if not seed:
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="varied-") as folder:
        varied(wanted, Path(folder), seed, source / wanted.key if source else None)
        yield Path(folder)


def submissions(folder: Path, wanted: Module) -> list[Path]:
    """The folders to grade: `folder` itself, or those in it. Raises LookupError when there are none."""
    if has(folder, wanted.slug):
        return [folder.absolute()]
    try:
        inside = [
            entry for entry in folder.absolute().iterdir() if entry.is_dir() and entry.name[0] not in "._"
        ]
    except OSError as reason:
        raise LookupError(f"{folder} cannot be read: {reason.strerror}.") from None
    if not inside:
        wants = f"A submission is a folder with {wanted.slug}.py in it."
        raise LookupError(f"{folder} holds no submissions. {wants}")
    return sorted(inside)


def _module_in(folder: Path) -> Module:
    """The only module whose file the submissions hold. Raises LookupError."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [known for known in modules() if any(has(each, known.slug) for each in (folder, *inside))]
    if len(found) != 1:
        names = ", ".join(known.key for known in found or modules())
        raise LookupError(
            f"{folder} does not tell which module it is for. Say --module with one of: {names}."
        )
    return found[0]


def grade_all(wanted: Module, found: list[Path], options: list[str], jobs: int) -> list[Grade]:
    """One grade per folder, in their order; `jobs` of them are made at a time."""
    desks = [Desk() for _ in range(max(1, min(jobs, len(found))))]
    free: Queue[Desk] = Queue()
    for desk in desks:
        free.put(desk)

    def one(folder: Path) -> Grade:
        desk = free.get()
        try:
            return grade(wanted, folder, options, desk)
        finally:
            free.put(desk)

    pool = ThreadPoolExecutor(len(desks))
    try:
        return list(pool.map(one, found))
    finally:
        for desk in desks:  # first, so that an interrupted session does not wait for the grades under way
            desk.stop()
        pool.shutdown(cancel_futures=True)
        for desk in desks:
            desk.close()


def grade(wanted: Module, folder: Path, options: list[str], desk: Desk) -> Grade:
    """Grade one submission; whatever its grading does, there is a result."""
    result = Grade(clean(folder.name), folder)
    started = time.monotonic()
    order = {"module": wanted.key, "root": str(wanted.root), "submission": str(folder), "options": options}
    try:
        _read(result, desk.ask(order, BUDGET + MARGIN))
    except Silent as reason:
        result.error = f"There is no result: {reason} Something in it may have ended it."
    except Violation as reason:
        result.error = f"There is no result that can be trusted: {reason}."
    result.seconds = round(time.monotonic() - started, 2)
    return result


def _read(result: Grade, reports: list[dict[str, Any]]) -> None:
    """Take what was reported: every check counts as not run until its end is told."""
    for report in reports:
        result.checks |= dict.fromkeys(report.get("checks", []), NOT_RUN)
        for outcome in report.get("outcomes", []):
            result.outcome = Outcome.from_json(outcome)
    if result.outcome is None:
        result.error = "There is no result: something in it ended the process that was grading it."
        return
    ended = {check.id: check for check in result.outcome.checks}
    result.checks |= {name: ended[name].state for name in result.checks if name in ended}
    faults = [check.name for check in ended.values() if check.state == GRADER_ERROR]
    if not result.checks:
        result.error = result.outcome.error or "No checks were found: grading nothing is no success."
    elif faults:
        result.error = f"The grader failed, not the submission, in {', '.join(faults)}."


def table(wanted: Module, grades: list[Grade]) -> list[str]:
    """The results at 80 columns, and below each one what it lacks."""
    wide = min(40, max(len("submission"), *(len(grade.name) for grade in grades)))
    lines = [f"{wanted.key}  {wanted.title}"[:WIDTH], "", f"  {'submission':<{wide}}  passed          time"]
    for each in grades:
        score = f"{each.passed} of {len(each.checks)}" if each.checks else "0"
        lines.append(f"  {each.name[:wide]:<{wide}}  {score:<12}{each.seconds:6.1f} s")
        trouble = textwrap.wrap(clean(each.trouble()), WIDTH - 4, max_lines=2, placeholder=" ...")
        lines += [f"    {line}" for line in trouble]
    full = sum(bool(each.checks) and each.passed == len(each.checks) for each in grades)
    noun = "submission" if len(grades) == 1 else "submissions"
    return [*lines, "", f"{full} of {len(grades)} {noun} passed every check"]


def clean(text: str) -> str:
    """Text that a submission chose, without control characters or line breaks: it reaches a terminal."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
