"""pytest hooks and fixtures; the logic is in `contract` and `verdict`. Inert outside `exercises/`."""

from __future__ import annotations

import gc
import inspect
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from grader.contract import sides
from grader.verdict import asynchronous, blocks, limits, network, reading, running
from grader.verdict.collecting import graded, only_exercises
from grader.verdict.outcome import PASSED
from grader.verdict.session import Session
from grader.verdict.wiring import (
    CHECK,
    OPENED,
    QUIET,
    RECORDING,
    SESSION,
    STATUS,
    TAPE,
    GradedModule,
    keep,
    leave,
    let_go,
    lighten,
    limited,
    tell,
)  # fmt: skip


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


@pytest.hookimpl(tryfirst=True)
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
    if option.submission:
        from grader.grade.sandbox import exchange

        option.basetemp = exchange() / "checks"  # the only files that both a check and a submission see
    config.stash[SESSION] = Session(side, limit=option.limit)
    folder = Path(option.cassettes).resolve() if option.cassettes else None
    config.stash[RECORDING] = running.Recording(folder, option.record, option.voice, option.live)
    config.stash[OPENED] = ExitStack()
    here = config.invocation_params.dir
    config.stash[QUIET] = not option.collectonly and only_exercises(config.args, here)
    config.stash[SESSION].verbose = option.verbose > 0
    config.stash[SESSION].leave = lambda: leave(config)
    if config.stash[QUIET]:
        option.verbose, option.no_header, option.no_summary = -2, True, True
        limits.keep_terminal()
        lighten(config)
        option.continue_on_collection_errors = True  # the report tells them, and the other modules too


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].finder.close()
        config.stash[OPENED].close()
        let_go(config)


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
    with network.blocked(not item.config.option.live):
        item.config.stash[SESSION].begin(check, judged)
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    state = item.config.stash[SESSION]
    obstacle = state.obstacle(*item.stash[CHECK], item.function)  # type: ignore[attr-defined]
    if obstacle is not None:
        raise obstacle.with_traceback(None)  # one object for many checks: its traceback would grow
    with limited(item):
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
            limited(item, own=True),
            limits.staying(),
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
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    facade = pyfuncitem.config.stash[SESSION].finder.facade(pyfuncitem.stash[CHECK][1].module)
    asynchronous.run(pyfuncitem.obj, arguments, facade.source.owns)
    return True


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    with limited(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    if CHECK in item.stash and item.config.option.tbstyle in ("auto", "native", "no"):
        # Our words replace pytest's traceback, which took a third of an unstarted module's time.
        item._repr_failure_py = lambda *_, **__: ""  # type: ignore[assignment]
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


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[STATUS] = int(exitstatus)
    if session.config.stash[QUIET]:
        gc.freeze()  # pytest collects several times at its end, over all of the SDKs' objects
    keep(session.config)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    tell(config, terminalreporter)
