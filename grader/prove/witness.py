"""pytest plugin of a proof: which steps did no check play, what did each check run? Loaded with `-p`.

A proof is no learner's work, so it also keeps its runs out of the learner's progress.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from grader.verdict import outcome

TAPE = pytest.StashKey[Any]()
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}
UNPLAYED = pytest.StashKey[dict[str, set[int]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("course")
    group.addoption("--unplayed", metavar="FILE", help="write the steps that no check played")
    group.addoption("--reached", metavar="FILE", help="write which functions of the reference each check ran")
    group.addoption("--only", metavar="FILE", help="run the checks alone that this JSON list names")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[UNPLAYED] = {}
    patch = pytest.MonkeyPatch()
    patch.setattr(outcome, "save_progress", lambda *_: None)
    if not (config.option.record or config.option.live):
        # Nothing leaves the process, and reading the certificates takes each client 30 ms.
        patch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
    config.add_cleanup(patch.undo)
    if config.option.reached:
        config.pluginmanager.register(Reached(config.option.reached, config.rootpath / "solutions"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.only:
        chosen = set(json.loads(Path(config.option.only).read_text(encoding="utf-8")))
        config.hook.pytest_deselected(items=[item for item in items if item.name not in chosen])
        items[:] = [item for item in items if item.name in chosen]


class Reached:
    """Notes for each check the first lines of the reference's functions that it ran, in whatever thread.

    None instead of lines: the check started a process, and what runs there is not seen.
    """

    def __init__(self, file: str, solutions: Path) -> None:
        self.file, self.watched, self.check = Path(file), f"{solutions}/", ""
        self.lines: dict[str, set[int] | None] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self.check = item.name
        self.lines.setdefault(item.name, set())
        return (yield)

    def pytest_sessionstart(self) -> None:
        sys.addaudithook(self._started)  # cannot be taken back: the process ends with the session
        threading.setprofile(self._ran)
        sys.setprofile(self._ran)

    def pytest_sessionfinish(self) -> None:
        sys.setprofile(None)
        threading.setprofile(None)
        noted = {name: None if lines is None else sorted(lines) for name, lines in self.lines.items()}
        self.file.write_text(json.dumps(noted), encoding="utf-8")

    def _ran(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and self.check and frame.f_code.co_filename.startswith(self.watched):
            lines = self.lines[self.check]
            if lines is not None:
                lines.add(frame.f_code.co_firstlineno)

    def _started(self, event: str, _: Any) -> None:
        if event in STARTS and self.check:
            self.lines[self.check] = None


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
    made = yield
    if fixturedef.argname == "tape":
        request.node.stash[TAPE] = made
    return made


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """After each check: a step counts as played when any check of the session has played it."""
    try:
        return (yield)
    finally:
        tape = item.stash.get(TAPE, None)
        if tape is not None and tape.path:
            left = {step.number for step in tape.unplayed}
            seen = item.config.stash[UNPLAYED]
            seen[tape.path.stem] = seen.get(tape.path.stem, left) & left


def pytest_sessionfinish(session: pytest.Session) -> None:
    if file := session.config.option.unplayed:
        left = {name: sorted(steps) for name, steps in session.config.stash[UNPLAYED].items() if steps}
        Path(file).write_text(json.dumps(left), encoding="utf-8")
