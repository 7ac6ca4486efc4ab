"""How is a variant run? The ordinary checks through the ordinary plugin, in a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.course import Module
from grader.prove import reach
from grader.prove.reach import Reach
from grader.verdict import outcome as outcomes
from grader.verdict.outcome import Outcome

FORKS = "forkserver" in multiprocessing.get_all_start_methods()
PATIENCE = 120.0
TICK = 0.01
# Checks wait about as long as they work: for pauses, for threads, for a database's file.
PER_PROCESSOR = 2
MEMORY = Path("/dev/shm")  # files there are in memory, so that no variant waits for a disk
ENOUGH = 2**28  # bytes: containers often have less of it
# Parts of pytest that a variant does without; `unraisableexception` collects garbage for half a second.
LEFT_OUT = tuple(
    f"-pno:{name}"
    for name in ("cacheprovider", "unraisableexception", "threadexception", "junitxml", "doctest")
)
# A learner's own pytest options must not decide what a proof sees.
IGNORED_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@dataclass(frozen=True)
class Variant:
    """One way to fill a module's gaps: `options` are pytest's, such as `--solution`; `only` names checks."""

    module: Module
    kind: str
    name: str
    options: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Run:
    """How a variant ended: `outcome` is None when the session died before it could write one."""

    variant: Variant
    outcome: Outcome | None
    exit_code: int | None
    output: str
    seconds: float
    unplayed: Mapping[str, list[int]] = field(default_factory=dict)
    reach: Reach | None = None

    @property
    def states(self) -> dict[str, str]:
        """Each check's state by name."""
        return {check.name: check.state for check in self.outcome.checks} if self.outcome else {}


def run_all(
    variants: Sequence[Variant], *, jobs: int | None = None, patience: float = PATIENCE
) -> Iterator[Run]:
    """Run the variants, `jobs` at a time (or PER_PROCESSOR for each processor); gives each run as it ends."""
    workers = jobs or PER_PROCESSOR * (os.cpu_count() or 1)
    waiting, running = list(reversed(variants)), list[_Job]()
    with tempfile.TemporaryDirectory(prefix="prove-", dir=_scratch()) as scratch:
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    running.append(_Job(waiting.pop(), Path(scratch) / str(len(waiting)), patience))
                for job in [job for job in running if job.over]:
                    running.remove(job)
                    yield job.result()
                time.sleep(TICK)
        finally:
            for job in running:
                job.process.kill()


def _scratch() -> Path | None:
    """Where the variants' folders go: into memory where there is enough of it, else to the usual place."""
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
            return MEMORY
    return None


class _Job:
    """One running process and the folder where it leaves its outcome."""

    def __init__(self, variant: Variant, folder: Path, patience: float) -> None:
        folder.mkdir()
        self.variant, self.folder = variant, folder
        self.began, self.patience, self.late = time.monotonic(), patience, False
        start = _fork if FORKS else _spawn
        self.process = start(variant.module.root, arguments(variant, folder), folder / "output")

    @property
    def over(self) -> bool:
        """Whether the process has ended; one that outstays its time is ended here."""
        if self.code() is None and time.monotonic() - self.began > self.patience:
            self.late = True
            self.process.kill()
            self.process.join() if FORKS else self.process.wait()
        return self.code() is not None

    def code(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs."""
        found: int | None = self.process.exitcode if FORKS else self.process.poll()
        return found

    def result(self) -> Run:
        """How it ended; its folder goes."""
        seconds = time.monotonic() - self.began
        output = (self.folder / "output").read_text(encoding="utf-8", errors="replace")
        if self.late:
            output += f"\nstopped after {seconds:.0f} s"
        run = Run(
            self.variant, _outcome(self.folder), self.code(), output, seconds, _unplayed(self.folder),
            reach.read(self.variant.module, self.folder / "reached.json"),
        )  # fmt: skip
        shutil.rmtree(self.folder, ignore_errors=True)
        return run


def arguments(variant: Variant, folder: Path) -> list[str]:
    """pytest's arguments for a variant that leaves `outcome.json` and its temporary files in `folder`."""
    module = variant.module
    more = list(variant.options)
    if variant.kind == "reference":
        more.append(f"--reached={folder / 'reached.json'}")
    if variant.only is not None:
        (folder / "only.json").write_text(json.dumps(variant.only), encoding="utf-8")
        more.append(f"--only={folder / 'only.json'}")
    return [
        str(module.test_file), "-q", "--no-header", "--tb=native", "--color=no", *LEFT_OUT,
        "-c", str(module.root / "pyproject.toml"), f"--rootdir={module.root}", f"--basetemp={folder / 'tmp'}",
        f"--outcome={folder / 'outcome.json'}", "-p", "grader.prove.witness",
        f"--unplayed={folder / 'unplayed.json'}", *more,
    ]  # fmt: skip


def _outcome(folder: Path) -> Outcome | None:
    try:
        return outcomes.read(folder / "outcome.json")[0]
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _unplayed(folder: Path) -> dict[str, list[int]]:
    """The steps that no check played, by recording."""
    try:
        found: dict[str, list[int]] = json.loads((folder / "unplayed.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def environment() -> dict[str, str]:
    """This process' variables without those that would change a session."""
    return {name: value for name, value in os.environ.items() if name not in IGNORED_VARIABLES}


def _fork(root: Path, words: list[str], output: Path) -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grader.prove.preload"])
    process = context.Process(
        target=session, args=(str(root), words, str(output), environment()), daemon=True
    )
    process.start()
    return process


def _spawn(root: Path, words: list[str], output: Path) -> Any:
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *words],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment(),
        )


def session(root: str, words: list[str], output: str, variables: Mapping[str, str]) -> None:
    """Run one pytest session in this (forked) process and leave with its exit code."""
    os.environ.clear()
    os.environ.update(variables)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(root)
    import pytest

    code = int(pytest.main(words))
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a thread that a wrong solution left behind must not keep the process waiting.
    os._exit(code)
