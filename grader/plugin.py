"""pytest hooks and fixtures; the logic is in `contract` and `verdict`. Inert outside `exercises/`."""

from __future__ import annotations

import inspect
import os
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from grader.contract import sides
from grader.contract.missing import BrokenModule, MissingName
from grader.verdict import asynchronous, blocks, limits, network, outcome, reading, running
from grader.verdict.collecting import check_of, graded, only_exercises, trouble
from grader.verdict.outcome import PASSED, Check
from grader.verdict.session import Graded, Session
from grader.verdict.troubles import Refused

SESSION = pytest.StashKey[Session]()
CHECK = pytest.StashKey[tuple[Check, Graded]]()
TAPE = pytest.StashKey[Any]()
RECORDING = pytest.StashKey[running.Recording]()
OPENED = pytest.StashKey[ExitStack]()
QUIET = pytest.StashKey[bool]()
STATUS = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("course", "the course's grader")
    group.addoption("--solution", action="store_true", help="grade the reference instead of your code")
    group.addoption("--overlay", metavar="FILE", help="grade the reference with FILE executed over it")
    group.addoption("--file", metavar="FILE", help="grade FILE, a solution that lies elsewhere")
    group.addoption("--submission", metavar="DIR", help="grade a submission in a process of its own")
    group.addoption("--outcome", metavar="FILE", help="write the structured outcome as JSON")
    group.addoption("--cassettes", metavar="DIR", help="take recordings from DIR/<module>/")
    group.addoption("--record", metavar="URL", help="make the recordings through the provider at URL")
    group.addoption("--voice", type=int, metavar="N", help="which voice of the stand-in to record")
    group.addoption("--live", action="store_true", help="make the recordings from the real hosts")
    group.addoption("--limit", type=float, default=limits.SECONDS, metavar="S", help="seconds per check")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "task(number, needs=[]): the task that a check judges")
    config.addinivalue_line("markers", "cassette(name, **options): the recording that a check plays")
    config.addinivalue_line("markers", "limit(seconds): the time limit of a check")
    option = config.option
    try:
        side = sides.chosen(
            solution=option.solution, overlay=option.overlay, submission=option.submission, file=option.file
        )
    except ValueError as reason:
        raise pytest.UsageError(str(reason)) from None
    config.stash[SESSION] = Session(side, limit=option.limit)
    folder = Path(option.cassettes).resolve() if option.cassettes else None
    config.stash[RECORDING] = running.Recording(folder, option.record, option.voice, option.live)
    config.stash[OPENED] = ExitStack()
    here = config.invocation_params.dir
    config.stash[QUIET] = not option.collectonly and only_exercises(config.args, here)
    config.stash[SESSION].verbose = option.verbose > 0
    config.stash[SESSION].leave = lambda: _leave(config)
    if config.stash[QUIET]:
        option.verbose, option.no_header, option.no_summary = -2, True, True
        option.continue_on_collection_errors = True  # the report tells them, and the other modules too


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].finder.close()
        config.stash[OPENED].close()
        _let_go(config)


def _let_go(config: pytest.Config) -> None:
    """What graded code left behind must not keep the terminal waiting after the report."""
    left = [t for t in threading.enumerate() if t is not threading.current_thread() and not t.daemon]
    graded_here = bool(config.stash[SESSION].modules)
    for thread in left if graded_here else []:
        thread.join(0.2)
    if asynchronous.ABANDONED or (graded_here and any(thread.is_alive() for thread in left)):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash.get(STATUS, 1))


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


def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> GradedModule | None:
    if graded(module_path) is None:
        return None
    return GradedModule.from_parent(parent, path=module_path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Checks run in the order of their tasks; `sort` is stable, so within a task the file's order stays."""
    order = {id(item): item.stash[CHECK] for item in items if CHECK in item.stash}
    places = [at for at, item in enumerate(items) if id(item) in order]
    chosen = sorted(
        (items[at] for at in places), key=lambda i: (order[id(i)][1].module.key, order[id(i)][0].task)
    )
    for at, item in zip(places, chosen, strict=True):
        items[at] = item


def pytest_collection_finish(session: pytest.Session) -> None:
    try:
        session.config.stash[SESSION].finder.guard()
    except sides.WrongSide as reason:
        raise pytest.UsageError(str(reason)) from None


@pytest.fixture
def anyio_backend() -> str:
    """Async checks run on asyncio alone, and keep their plain names."""
    return "asyncio"


@pytest.fixture
def tape(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The recording that answers this check's HTTP calls, and the ledger of what was sent."""
    config, item = request.config, request.node
    if CHECK not in item.stash:
        raise pytest.UsageError("The tape fixture belongs to the checks under exercises/.")
    marker = item.get_closest_marker("cassette")
    name, options = (marker.args[0], marker.kwargs) if marker else (None, {})
    module = item.stash[CHECK][1].module
    item.stash[TAPE] = running.open_tape(config.stash[RECORDING], module, name, options)
    yield item.stash[TAPE]
    if TAPE in item.stash:  # the check never ran
        item.stash[TAPE].close(RuntimeError("not run"))


@pytest.fixture(autouse=True)
def _graded(request: pytest.FixtureRequest) -> None:
    if CHECK in request.node.stash:
        request.getfixturevalue("tape")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    check, judged = item.stash[CHECK]
    item.config.stash[SESSION].begin(check, judged)
    with network.blocked(not item.config.option.live):
        return (yield)


def _limited(item: pytest.Item, *, own: bool = False) -> Any:
    """The time limit of a phase; only the call itself has the check's own, because the rest is our work."""
    state, option = item.config.stash[SESSION], item.config.option
    marker = item.get_closest_marker("limit") if own else None
    if option.usepdb or option.trace:
        return nullcontext()
    state.limit = float(marker.args[0]) if marker else option.limit if own else limits.LOADING
    return limits.limit(state.limit, state.hung)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    state = item.config.stash[SESSION]
    obstacle = state.obstacle(*item.stash[CHECK], item.function)  # type: ignore[attr-defined]
    if obstacle is not None:
        raise obstacle
    with _limited(item):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    (check, judged), state, tape = item.stash[CHECK], item.config.stash[SESSION], item.stash[TAPE]
    del item.stash[TAPE]
    assert judged.facade is not None
    started = time.perf_counter()
    try:
        with (
            _limited(item, own=True),
            running.playing(tape, item.config.stash[RECORDING], state, judged.facade.source),
        ):
            return (yield)
    finally:
        check.seconds = time.perf_counter() - started
        running.count_calls(check, tape)
        if tape.source:
            judged.sources.add(tape.source)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if CHECK not in pyfuncitem.stash or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    facade = pyfuncitem.config.stash[SESSION].finder.facade(pyfuncitem.stash[CHECK][1].module)
    asynchronous.run(pyfuncitem.obj, arguments, facade.source.owns)
    return True


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    with _limited(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    made = yield
    if CHECK not in item.stash:
        return made
    check, judged = item.stash[CHECK]
    if call.excinfo is not None:
        if check.state == PASSED:
            item.config.stash[SESSION].failed(check, judged, call.excinfo.value)
            check.printed = (made.capstdout + made.capstderr).strip()
            style = item.config.option.tbstyle
            if style not in ("auto", "no"):
                native = reading.trace(call.excinfo.value, judged.module.test_file)
                check.traceback = native if style == "native" else str(made.longrepr)
        made.outcome, made.longrepr = "failed", blocks.Words.of(check)
        made.when = "call" if made.when == "setup" else made.when  # JUnit calls a failed set-up an error
    if call.when == "teardown":
        judged.ended.add(check.id)
    return made


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: Any, right: Any) -> None:
    config.stash[SESSION].comparison = (op, left, right)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, str] | None:
    return (report.outcome, "", "") if config.stash[QUIET] else None


def _leave(config: pytest.Config) -> None:
    """The last resort against a check that nothing stops: report from a thread, and end the process."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)
    _keep(config)
    terminal = config.pluginmanager.getplugin("terminalreporter")
    terminal.write_line("")
    pytest_terminal_summary(terminal, config)
    terminal.flush()
    os._exit(1)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[STATUS] = int(exitstatus)
    _keep(session.config)


def _keep(config: pytest.Config) -> None:
    """Write the outcome where it was asked for, and the learner's progress."""
    state, option = config.stash[SESSION], config.option
    outcomes = state.outcomes()
    if option.outcome and outcomes:
        outcome.save(Path(option.outcome), outcomes)
    if state.side.name == "learner" and not option.collectonly:
        for made in outcomes:
            if made.complete:
                outcome.save_progress(made, state.modules[made.module].module.root)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash[QUIET]:
        for line, colour in config.stash[SESSION].report(config.option.keyword or config.option.markexpr):
            terminalreporter.write_line(line, **({colour: True} if colour else {}))
