"""Between pytest's objects and the session: what the plugin's hooks share."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from grader.contract.missing import BrokenModule, MissingName
from grader.verdict import asynchronous, limits, network, outcome, running
from grader.verdict.collecting import check_of, graded, may_be_imported, trouble
from grader.verdict.outcome import Check
from grader.verdict.session import Graded, Session
from grader.verdict.troubles import Refused

SESSION = pytest.StashKey[Session]()
CHECK = pytest.StashKey[tuple[Check, Graded]]()
TAPE = pytest.StashKey[Any]()
RECORDING = pytest.StashKey[running.Recording]()
OPENED = pytest.StashKey[ExitStack]()
QUIET = pytest.StashKey[bool]()
STATUS = pytest.StashKey[int]()


class GradedModule(pytest.Module):
    """A module's test file: its imports come from the chosen side, and each of its tests names a task."""

    def collect(self) -> list[Any]:
        state = self.config.stash[SESSION]
        course_module = graded(self.path)
        assert course_module is not None
        if not state.modules:
            self.config.stash[OPENED].enter_context(network.offline_environment(self.config.option.live))
        judged = state.add(course_module)
        try:
            state.finder.add(may_be_imported(course_module, state.finder.modules))
            with network.blocked(not self.config.option.live):
                items = list(super().collect())
            for item in items:
                check = check_of(item, course_module)
                judged.checks.append(check)
                item.stash[CHECK] = (check, judged)
            if not items:
                raise Refused(f"{self.path.name} holds no checks: grading nothing would look like success.")
        except (Exception, MissingName, BrokenModule, network.NetworkBlocked) as error:
            judged.error = trouble(error, self.path)
            raise self.CollectError(judged.error) from None
        return items


def limited(item: pytest.Item, *, own: bool = False) -> Any:
    """The time limit of a phase; only the call itself has the check's own, because the rest is our work."""
    state, option = item.config.stash[SESSION], item.config.option
    marker = item.get_closest_marker("limit") if own else None
    if option.usepdb or option.trace:
        return nullcontext()
    state.limit = float(marker.args[0]) if marker else option.limit if own else limits.LOADING
    # The thread behind the last words is started for learners' code alone: 3 x 50 threads would be felt.
    return limits.limit(state.limit, state.hung if own else None)


def keep(config: pytest.Config) -> None:
    """Write the outcome where it was asked for, and the learner's progress."""
    state, option = config.stash[SESSION], config.option
    outcomes = state.outcomes()
    if option.outcome and outcomes:
        outcome.save(Path(option.outcome), outcomes)
    if state.side.name == "learner" and not option.collectonly:
        for made in outcomes:
            if made.complete:
                outcome.save_progress(made, state.modules[made.module].module.root)


def lighten(config: pytest.Config) -> None:
    """Collect garbage rarely: while the SDKs are imported, hundreds of passes find none, in 0.2 s."""
    config.stash[OPENED].callback(gc.set_threshold, *gc.get_threshold())
    gc.set_threshold(100_000)


def tell(config: pytest.Config, terminal: Any) -> None:
    """Print the report, unless pytest's own was wanted."""
    if config.stash[QUIET]:
        for line, colour in config.stash[SESSION].report(config.option.keyword or config.option.markexpr):
            terminal.write_line(line, **({colour: True} if colour else {}))


def leave(config: pytest.Config) -> None:
    """The last resort against a check that nothing stops: report from a thread, and end the process."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)
    keep(config)
    terminal = config.pluginmanager.getplugin("terminalreporter")
    terminal.write_line("")
    tell(config, terminal)
    terminal.flush()
    limits.leave_process(1)


def let_go(config: pytest.Config) -> None:
    """What graded code left behind must not keep the terminal waiting after the report."""
    left = [t for t in threading.enumerate() if t is not threading.current_thread() and not t.daemon]
    graded_here = bool(config.stash[SESSION].modules)
    for thread in left if graded_here else []:
        thread.join(0.2)
    if asynchronous.ABANDONED or (graded_here and any(thread.is_alive() for thread in left)):
        sys.stdout.flush()
        sys.stderr.flush()
        limits.leave_process(config.stash.get(STATUS, 1))
