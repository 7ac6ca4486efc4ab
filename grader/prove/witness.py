"""pytest plugin of a proof: which recorded steps did no check play? Loaded with `-p grader.prove.witness`.

A proof is no learner's work, so it also keeps its runs out of the learner's progress.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from grader.verdict import outcome

TAPE = pytest.StashKey[Any]()
UNPLAYED = pytest.StashKey[dict[str, set[int]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("course").addoption(
        "--unplayed", metavar="FILE", help="write the steps that no check played"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[UNPLAYED] = {}
    patch = pytest.MonkeyPatch()
    patch.setattr(outcome, "save_progress", lambda *_: None)
    if not (config.option.record or config.option.live):
        # Nothing leaves the process, and reading the certificates takes each client 30 ms.
        patch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
    config.add_cleanup(patch.undo)


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
