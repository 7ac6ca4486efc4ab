"""pytest hooks and fixtures; the logic is in `contract` and `verdict`. Inert for files outside `exercises/`."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from grader.contract import sides
from grader.contract.missing import BrokenModule, MissingName
from grader.verdict import limits, network, outcome, report, running
from grader.verdict.collecting import Refused, check_of, graded, only_exercises, trouble
from grader.verdict.outcome import PASSED, Check
from grader.verdict.session import Graded, Session

SESSION = pytest.StashKey[Session]()
CHECK = pytest.StashKey[tuple[Check, Graded]]()
TAPE = pytest.StashKey[Any]()
RECORDING = pytest.StashKey[running.Recording]()
OPENED = pytest.StashKey[ExitStack]()
QUIET = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("course", "the course's grader")
    group.addoption("--solution", action="store_true", help="grade the reference instead of your code")
    group.addoption("--overlay", metavar="FILE", help="grade the reference with FILE executed over it")
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
        side = sides.chosen(solution=option.solution, overlay=option.overlay, submission=option.submission)
    except ValueError as reason:
        raise pytest.UsageError(str(reason)) from None
    config.stash[SESSION] = Session(side, limit=option.limit)
    folder = Path(option.cassettes).resolve() if option.cassettes else None
    config.stash[RECORDING] = running.Recording(folder, option.record, option.voice, option.live)
    config.stash[OPENED] = ExitStack()
    here = config.invocation_params.dir
    config.stash[QUIET] = not option.collectonly and only_exercises(config.args, here)
    config.stash[SESSION].verbose = option.verbose > 0
    if config.stash[QUIET]:
        option.verbose, option.no_header, option.no_summary = -2, True, True


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].finder.close()
        config.stash[OPENED].close()


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


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        if CHECK in item.stash:
            item.stash[CHECK][1].deselected += 1


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


def _limited(item: pytest.Item) -> Any:
    state, marker = item.config.stash[SESSION], item.get_closest_marker("limit")
    if item.config.option.usepdb or item.config.option.trace:
        return nullcontext()
    state.limit = float(marker.args[0]) if marker else item.config.option.limit
    return limits.limit(state.limit, state.hung)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    state = item.config.stash[SESSION]
    obstacle = state.obstacle(*item.stash[CHECK], item.function)  # type: ignore[attr-defined]
    if obstacle is not None:
        raise obstacle
    with _limited(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    if CHECK not in item.stash:
        return (yield)
    (check, judged), state, tape = item.stash[CHECK], item.config.stash[SESSION], item.stash[TAPE]
    del item.stash[TAPE]
    assert judged.facade is not None
    started = time.perf_counter()
    try:
        with _limited(item), running.playing(tape, item.config.stash[RECORDING], state, judged.facade.source):
            return (yield)
    finally:
        check.seconds = time.perf_counter() - started
        running.count_calls(check, tape)
        if tape.source:
            judged.sources.add(tape.source)


@pytest.hookimpl(wrapper=True, tryfirst=True)
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
            if item.config.option.tbstyle != "auto":
                check.traceback = str(made.longrepr)
        made.outcome, made.longrepr = "failed", report.Words.of(check)
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
def pytest_sessionfinish(session: pytest.Session) -> None:
    state, option = session.config.stash[SESSION], session.config.option
    outcomes = state.outcomes()
    if option.outcome and outcomes:
        outcome.save(Path(option.outcome), outcomes)
    if state.side.name == "learner" and not option.collectonly:
        for made in outcomes:
            if made.complete:
                outcome.save_progress(made, state.modules[made.module].module.root)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash[QUIET]:
        state = config.stash[SESSION]
        for line, colour in report.report(state.outcomes(), verbose=state.verbose):
            terminalreporter.write_line(line, **({colour: True} if colour else {}))
