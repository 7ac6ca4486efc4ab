"""A course of one small module, `42_reply`, for grading submissions: its files lie in `reply_course`."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.contract.facade import Facade
from grader.course import Module
from grader.grade import names
from grader.replay.tape import Tape
from grader.tests import replay_support as tapes

FILES = Path(__file__).with_name("reply_course")
ATTACKS = Path(__file__).with_name("attacks")
QUESTION = "How many eggs are two dozen?"
States = dict[str, tuple[str, str]]  # check -> state and kind


def course(root: Path, *, reference: str | None = None) -> Module:
    """The module in a course of its own below `root`, with recordings; `reference` replaces the solution."""
    module = Module("42_reply", root)
    for folder in (module.exercise, module.solution, module.cassettes):
        folder.mkdir(parents=True)
    shutil.copy(FILES / "reply.py", module.reference)
    if reference is not None:
        module.reference.write_text(reference, encoding="utf-8")
    shutil.copy(FILES / "checks.py", module.test_file)
    eggs = [tapes.completion(f"{number} eggs") for number in (24, 24, 12, 24, 24)]
    once = [tapes.step(n, tapes.ask(QUESTION), said) for n, said in enumerate(eggs, 1)]
    tapes.cassette(module.cassettes, once[0], name="eggs")
    tapes.cassette(module.cassettes, *once, name="five_times")
    streamed = tapes.chunks("two ", "dozen ", "are ", "24")
    tapes.cassette(module.cassettes, tapes.step(1, tapes.ask(QUESTION, stream=True), streamed), name="aloud")
    return module


def submission(folder: Path, text: str, name: str = "reply.py") -> Path:
    """A folder with one file in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def remote(tmp_path: Path, text: str, *, reference: str | None = None) -> Facade:
    """The names of a submission, as a test sees them; the reference is the same text unless given."""
    module = course(tmp_path / "course", reference=reference or text)
    return Facade(names.load(module, submission(tmp_path / "handed_in", text)))


@contextmanager
def check(facade: Facade, tape: Tape | None = None) -> Iterator[None]:
    """One check over these names, as the plugin surrounds it."""
    assert facade.source.around is not None, facade.source.broken
    with facade.source.around(tape):
        yield


def verdict(arguments: list[str], outcome: Path) -> States:
    """State and kind of every check, by name, after one session of pytest with these arguments."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grader.prove.preload"])
    process = context.Process(target=_session, args=([*arguments, f"--outcome={outcome}"],))
    process.start()
    process.join(300)
    assert process.exitcode is not None, "the session hangs"
    found = json.loads(outcome.read_text(encoding="utf-8"))
    return {check["name"]: (check["state"], check["kind"]) for check in found["checks"]}


def _session(arguments: list[str]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]
    import pytest

    pytest.main([*arguments, "--tb=no", "-p", "no:cacheprovider"])
