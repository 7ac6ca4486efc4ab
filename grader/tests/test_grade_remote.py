"""A test sees a submission in another process as it would see it in its own."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grader.contract.facade import Facade
from grader.contract.plain import NotPlain
from grader.contract.visit import visit
from grader.tests.grade_support import FILES, check, remote
from grader.verdict import network

TEXT = (FILES / "remote.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def facade(tmp_path_factory: pytest.TempPathFactory) -> Facade:
    """One process for the tests that do not break it."""
    return remote(tmp_path_factory.mktemp("remote"), TEXT)


@pytest.fixture
def code(facade: Facade) -> Iterator[Any]:
    """The submission's names during one check."""
    with check(facade):
        yield facade


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
    assert code.calls[-1].line == TEXT.splitlines().index("def fail(count):") + 1
    file, line, text = error.value.remote_place
    assert (file.name, text) == ("reply.py", TEXT.splitlines()[line - 1].strip())
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
    assert [item async for item in code.count_slowly(3)] == [[n, 7, True] for n in range(3)]

    items = code.count_slowly(100)
    await anext(items)
    before = code.log()
    await items.aclose()
    assert code.log() == [*before, "closed"]


async def test_cancelling_reaches_the_submission(code: Any) -> None:
    """It may clean up, and a call that ended is not cancelled."""
    task = asyncio.create_task(code.rest(60))
    await asyncio.sleep(1)
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

    assert await code.give_up(endless, 1) == "gave up"
    for _ in range(200):
        if ended:
            break
        await asyncio.sleep(0.02)
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


def test_a_callable_runs_in_the_thread_that_passed_it(code: Any) -> None:
    """Whoever else waits at the same time."""

    def there(_: int) -> bool:
        mine = threading.get_ident()
        return bool(code.twice(lambda value: value + (threading.get_ident() == mine), 0) == 2)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(there, range(40)))


async def test_an_app_is_used_through_the_pipe(code: Any) -> None:
    """An ASGI app is a callable that takes callables."""
    seen = await visit(code.app(), "/hello")

    assert (seen.status, seen.text) == (200, "/hello")


def test_the_process_knows_nothing_of_the_graders(code: Any) -> None:
    """Another process, isolated, with placeholders for keys and nothing else of the environment."""
    found = code.environment()

    assert {value for name, value in found.items() if name.endswith("_KEY")} == {
        f"offline-{name}" for name in network.KEYS
    }
    assert set(found) <= {
        "PATH",
        "PWD",
        "LANG",
        "LC_CTYPE",
        "HOME",
        "TMPDIR",
        "TZ",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "DEEPSEEK_API_KEY",
    }
    assert code.place()[1] != os.getpid()
    assert code.place()[2] == 1
