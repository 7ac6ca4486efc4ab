"""Grade again at every save. The SDKs are imported once; each run is a fork of the warm process."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime

from grader import course
from grader.course import Module

# What a graded run imports anyway, and what takes most of its time when cold.
PRELOAD = ("pytest", "openai", "fastapi", "sse_starlette", "vcr", "yaml")
KEYS = "h hint   n next module   q quit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("module", nargs="?", help="04_cot, cot or 4; the next unfinished module if left out")


def preload() -> None:
    """Import what the runs will need; what is not installed is left to the run to complain about."""
    for name in PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def grade(module: Module) -> int:
    """One verdict, printed. Returns pytest's exit code; the learner's code never runs in this process."""
    where = str(module.exercise)
    if not hasattr(os, "fork"):
        return subprocess.run([sys.executable, "-m", "pytest", where], check=False).returncode
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 3
        try:
            import pytest

            code = int(pytest.main([where]))
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def show(module: Module) -> None:
    """Clear the screen, say when, grade, and say which keys do what."""
    if sys.stdout.isatty():
        # At once, so that a save is seen to count while the checks still run.
        print(f"\033[2J\033[Hrun of {datetime.now():%H:%M:%S}", flush=True)
    if grade(module) == 0:
        print(f"\nAll of {module.key} passes. The reference to compare with: solutions/{module.key}/")
    print(f"\nwatching {module.exercise.relative_to(module.root)}   {KEYS}", flush=True)


@contextlib.contextmanager
def single_keys() -> Iterator[None]:
    """Read keys without Enter while in a POSIX terminal; elsewhere keys are not read."""
    try:
        import termios
        import tty

        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
    except (ImportError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def pressed() -> str:
    """The key waiting on the terminal, or the empty string."""
    if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0)[0]:
        return ""
    return sys.stdin.read(1).lower()


def show_hint(module: Module) -> None:
    """Print the next hint for the next unfinished task, as `grader hint` does."""
    from grader.learn import hint

    hint.run(argparse.Namespace(module=module.key, task=None, level=None))


def run(args: argparse.Namespace) -> int:
    """Watch one module until `q`. Exit code 0."""
    from watchfiles import PythonFilter, watch

    from grader.learn.progress import after, next_module

    module = course.module(args.module) if args.module else next_module()
    preload()
    with single_keys():
        while True:
            show(module)
            for changes in watch(
                module.exercise,
                watch_filter=PythonFilter(),
                debounce=100,
                step=20,
                rust_timeout=150,
                yield_on_timeout=True,
                raise_interrupt=True,
            ):
                if changes:
                    show(module)
                key = pressed()
                if key == "q":
                    return 0
                if key == "h":
                    show_hint(module)
                if key == "n":
                    module = after(module)
                    break
