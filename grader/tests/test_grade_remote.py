"""A test sees a submission in another process as it would see it in its own."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from grader.contract.facade import Facade
from grader.contract.missing import BrokenModule, MissingName
from grader.contract.plain import NotPlain
from grader.contract.visit import visit
from grader.grade import names
from grader.grade.raising import SubmissionGone
from grader.grade.remote import Remote
from grader.tests.grade_support import course, remote, submission
from grader.verdict.network import NetworkBlocked

TEXT = '''
import asyncio, contextvars, os, socket, sys, threading, time
from dataclasses import dataclass
from pathlib import Path

LIMITS = {"steps": 3}
PLACE = Path("/tmp")
here = contextvars.ContextVar("here", default=0)
seen = []


class TooMany(ValueError):
    def __init__(self, count):
        super().__init__(f"too many: {count}")
        self.count = count


class StillTooMany(TooMany):
    pass


@dataclass
class Pair:
    a: int
    b: str


def pair(a, b="x"):
    return Pair(a, b)

def echo(value): return value
def what(value): return type(value).__name__
def twice(function, value): return function(function(value))
def total(items): return sum(items)
def log(): return list(seen)
def environment(): return dict(os.environ)
def place(): return [threading.current_thread() is threading.main_thread(), os.getpid(), sys.flags.isolated]
def connect(host): socket.create_connection((host, 80), 1)
def fail(count): raise TooMany(count)
def fail_more(count): raise StillTooMany(count)
def missing_key(): return {}["key"]
def missing_file(): open("/no/such/file")
def odd(): return object()

def swallow(host):
    try:
        socket.create_connection((host, 80), 1)
    except BaseException:
        return "all well"

def count(n):
    try:
        for i in range(n):
            yield Pair(i, "y")
    finally:
        seen.append("closed")

async def count_slowly(n):
    try:
        async with asyncio.timeout(30):
            here.set(7)
            for i in range(n):
                yield [i, here.get()]
                await asyncio.sleep(0)
    finally:
        seen.append("closed")

async def twice_async(function, value): return await function(await function(value))
async def add_up(items): return sum([item async for item in items])

async def rest(seconds):
    try:
        await asyncio.sleep(seconds)
        return "rested"
    except asyncio.CancelledError:
        seen.append("cancelled")
        raise
    finally:
        await asyncio.sleep(0)

async def give_up(function, seconds):
    try:
        async with asyncio.timeout(seconds):
            return await function()
    except TimeoutError:
        return "gave up"

async def block(n):
    for i in range(n):
        time.sleep(0.01)
        yield i

def app():
    async def serve(scope, receive, send):
        await receive()
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": scope["path"].encode()})
    return serve

def left_behind():
    pass

class Keeper:
    pass

async def leave_task():
    async def later():
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("ended")
    leave_task.task = asyncio.create_task(later())
    await asyncio.sleep(0)
'''  # fmt: skip


@pytest.fixture(scope="module")
def facade(tmp_path_factory: pytest.TempPathFactory) -> Facade:
    """One process for the tests that do not break it."""
    return remote(tmp_path_factory.mktemp("remote"), TEXT)


@pytest.fixture
def code(facade: Facade) -> Iterator[Any]:
    """The submission's names during one check."""
    with check(facade):
        yield facade


@contextmanager
def check(facade: Facade) -> Iterator[None]:
    assert facade.source.around is not None, facade.source.broken
    with facade.source.around(None):
        yield


def test_results_are_plain_data(code: Any) -> None:
    """Dataclasses become dicts, constants come along, and what is no plain data is named."""
    assert code.pair(1, b="é") == {"a": 1, "b": "é"}
    assert code.LIMITS == {"steps": 3}
    with pytest.raises(NotPlain, match=r"odd\(\) is <object"):
        code.odd()


def test_arguments_keep_their_types(code: Any) -> None:
    """Beyond JSON: tuples, bytes, paths."""
    for value in (None, True, 1, 1.5, "x", [1], {"a": 1}, (1, 2), b"x"):
        assert code.what(value) == type(value).__name__
    assert code.what(Path("/x")).endswith("Path")
    assert code.echo({"$call": "not a handle"}) == {"$call": "not a handle"}


def test_exceptions_are_of_the_trusted_class(code: Any) -> None:
    """Message, attributes, the submission's line; classes that the course does not know, by their base."""
    with pytest.raises(code.TooMany, match="too many: 7") as error:
        code.fail(7)
    assert error.value.count == 7
    file, line, text = error.value.remote_place
    assert (file.name, text) == ("reply.py", TEXT.splitlines()[line - 1])
    with pytest.raises(code.TooMany):
        code.fail_more(1)
    with pytest.raises(KeyError, match="'key'"):
        code.missing_key()
    with pytest.raises(FileNotFoundError):
        code.missing_file()


def test_the_tests_callables_run_in_the_test(code: Any) -> None:
    """With its objects and threads; what they raise comes back as the very same object."""
    calls: list[Any] = []

    def add(value: int) -> int:
        calls.append(threading.current_thread())
        return value + 1

    assert code.twice(add, 1) == 3
    assert calls == [threading.main_thread()] * 2
    error = LookupError("mine")

    def refuse(value: int) -> int:
        raise error

    with pytest.raises(LookupError) as caught:
        code.twice(refuse, 1)
    assert caught.value is error


def test_a_callable_may_call_the_submission(code: Any) -> None:
    """While the outer call waits."""
    assert code.twice(lambda value: code.pair(value + 1)["a"], 1) == 3


def test_iterators_cross_both_ways(code: Any) -> None:
    """Items are taken one by one; closing a generator closes the submission's."""
    assert code.total(iter([1, 2, 3])) == 6
    assert [item["a"] for item in code.count(3)] == [0, 1, 2]

    items = code.count(100)
    assert next(items)["a"] == 0
    before = code.log()
    items.close()
    assert code.log() == [*before, "closed"]


async def test_async_calls_and_callables(code: Any) -> None:
    """Both sides await."""

    async def add(value: int) -> int:
        await asyncio.sleep(0)
        return value + 1

    async def numbers() -> AsyncIterator[int]:
        for number in range(4):
            yield number

    assert await code.twice_async(add, 1) == 3
    assert await code.add_up(numbers()) == 6


async def test_an_async_generator_lives_in_one_task(code: Any) -> None:
    """A time-out and a context variable inside it hold from one item to the next."""
    assert [item async for item in code.count_slowly(3)] == [[0, 7], [1, 7], [2, 7]]

    items = code.count_slowly(100)
    await anext(items)
    before = code.log()
    await items.aclose()
    assert code.log() == [*before, "closed"]


async def test_cancelling_reaches_the_submission(code: Any) -> None:
    """It may clean up, and a call that ended is not cancelled."""
    task = asyncio.create_task(code.rest(60))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert code.log()[-1] == "cancelled"
    assert await code.rest(0) == "rested"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await code.rest(60)


async def test_the_submission_may_give_up_on_a_callable(code: Any) -> None:
    """Its time-out cancels what runs in the test."""
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    assert await code.give_up(endless, 0.1) == "gave up"
    await asyncio.sleep(0.1)
    assert ended == ["cancelled"]


async def test_calls_of_one_test_overlap(code: Any) -> None:
    """Tasks of the test are tasks there."""
    started = time.perf_counter()
    assert await asyncio.gather(*(code.rest(0.4) for _ in range(20))) == ["rested"] * 20

    assert time.perf_counter() - started < 4


async def test_a_generator_that_never_waits_lets_nobody_in(code: Any) -> None:
    """In one process it would block the loop; here it must look the same."""
    order: list[str] = []

    async def read(name: str) -> None:
        async for _ in code.block(5):
            order.append(name)

    await asyncio.gather(read("a"), read("b"))

    assert order == ["a"] * 5 + ["b"] * 5


def test_threads_of_the_test_are_threads_there(code: Any) -> None:
    """The main thread is the main thread; others run beside it."""
    assert code.place()[0]
    with ThreadPoolExecutor(3) as pool:
        assert not any(found[0] for found in pool.map(lambda _: code.place(), range(6)))


async def test_an_app_is_used_through_the_pipe(code: Any) -> None:
    """An ASGI app is a callable that takes callables."""
    seen = await visit(code.app(), "/hello")

    assert (seen.status, seen.text) == (200, "/hello")


def test_the_process_knows_nothing_of_the_graders(code: Any) -> None:
    """Another process, isolated, with placeholders for keys and nothing else of the environment."""
    found = code.environment()

    assert {value for name, value in found.items() if name.endswith("_KEY")} == {"offline"}
    assert set(found) <= {
        "PATH",
        "LANG",
        "LC_CTYPE",
        "HOME",
        "TMPDIR",
        "TZ",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
    }
    assert code.place()[1] != os.getpid()
    assert code.place()[2] == 1


@pytest.mark.parametrize("name", ["connect", "swallow"])
def test_reaching_for_the_network_fails_the_check(facade: Facade, name: str) -> None:
    """By accident, that is: also if the submission swallows the error."""
    with pytest.raises(NetworkBlocked, match=r"198\.51\.100\.1"), check(facade):
        getattr(facade, name)("198.51.100.1")


async def test_tasks_that_a_check_leaves_end_with_it(facade: Facade) -> None:
    """The loop of the submission is closed when the check is over."""
    with check(facade):
        await facade.leave_task()
    with check(facade):
        assert facade.log()[-1] == "ended"


def test_callables_of_a_check_end_with_it(facade: Facade, tmp_path: Path) -> None:
    """A submission that kept one may not use it in the next check."""
    kept = remote(tmp_path, "kept = []\ndef keep(f): kept.append(f)\ndef use(): return kept[0]()\n")
    with check(kept):
        kept.keep(lambda: 1)
        assert kept.use() == 1
    with check(kept), pytest.raises(LookupError, match="over"):
        kept.use()


def test_missing_and_broken(tmp_path: Path) -> None:
    """A name that is not there, a class that cannot come, a file that does not load."""
    partial = remote(tmp_path / "a", TEXT.replace("def left_behind", "def renamed"), reference=TEXT)
    with check(partial):
        with pytest.raises(MissingName):
            partial.left_behind()
        with pytest.raises(Exception, match="Keeper cannot leave"):
            partial.Keeper()
    broken = remote(tmp_path / "b", TEXT + "\nx = = 1\n", reference=TEXT)
    assert broken.source.broken is not None
    assert broken.source.broken.kind == "syntax"
    assert broken.source.broken.line == len(TEXT.splitlines()) + 2
    with pytest.raises(BrokenModule):
        broken.pair(1)


@pytest.mark.parametrize(
    ("body", "words"),
    [("import os; os._exit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 9)", "signal 9")],
)
def test_a_death_ends_the_check_and_not_the_next(tmp_path: Path, body: str, words: str) -> None:
    """Whoever swallows it hears of it again when the check is over; then a new process starts."""
    text = f"def die():\n    {body}\n\ndef live(): return 1\n"
    facade = remote(tmp_path, text)

    with pytest.raises(SubmissionGone, match=words), check(facade):
        facade.die()
    with pytest.raises(SubmissionGone, match=words), check(facade), suppress(SubmissionGone):
        facade.die()
    with check(facade):
        assert facade.live() == 1


def test_an_interrupted_call_ends_its_process(tmp_path: Path) -> None:
    """The time limit of a check raises in the test, and the loop in the submission is gone."""
    from grader.verdict.limits import TimeUp, limit

    facade = remote(tmp_path, "def loop():\n    while True: pass\n\ndef live(): return 1\n")
    with check(facade):
        facade.live()
    child = _remote(facade).child
    with pytest.raises(TimeUp), check(facade), limit(0.3):
        facade.loop()

    assert child is not None
    assert child.process.poll() is not None
    with check(facade):
        assert facade.live() == 1


def test_a_submission_gets_only_so_much_time(tmp_path: Path) -> None:
    """Later checks fail at once, and say why."""
    facade = remote(tmp_path, "def live(): return 1\n")
    _remote(facade).until = time.monotonic()

    with pytest.raises(SubmissionGone, match="used up"), check(facade):
        facade.live()


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    """Neither a process nor a file."""
    facade = remote(tmp_path, "def live(): return 1\n")
    with check(facade):
        facade.live()
    handle = _remote(facade)
    handle.close()

    assert handle.child is not None
    assert handle.child.process.poll() is not None
    assert not handle.folder.exists()


def test_the_reference_decides_what_is_async(tmp_path: Path) -> None:
    """A plain function where the course has an async one fails when it is awaited, as in one process."""
    module = course(tmp_path / "course", reference="async def f(): return 1\ndef g(): return 1\n")
    folder = submission(tmp_path / "handed_in", "def f(): return 1\nasync def g(): return 1\n")
    facade = Facade(names.load(module, folder))

    async def use() -> None:
        with pytest.raises(TypeError, match="must be async"):
            await facade.f()

    with check(facade):
        asyncio.run(use())
        with pytest.raises(TypeError, match="plain function"):
            facade.g()


def _remote(facade: Facade) -> Remote:
    around: Any = facade.source.around
    found = around.__self__
    assert isinstance(found, Remote)
    return found
