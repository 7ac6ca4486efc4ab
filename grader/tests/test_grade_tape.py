"""A submission's calls are answered from the tape in the grader's process, as inside a test's own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest

from grader.contract.facade import Facade
from grader.grade import transport
from grader.replay import play
from grader.replay.miss import Miss
from grader.replay.steps import Timing
from grader.replay.tape import Tape, use
from grader.tests.grade_support import FILES, QUESTION, remote
from grader.tests.replay_support import ask, cassette, chunks, completion, step

TEXT = (FILES / "asking.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Facade:
    """One submission for all tests: a miss costs it its process, and the next check starts another."""
    return remote(tmp_path_factory.mktemp("tape"), TEXT)


@contextmanager
def check(code: Facade, path: Path | None, **options: Any) -> Iterator[Tape]:
    """One check, as the plugin runs it."""
    assert code.source.around is not None, code.source.broken
    with use(path, **options) as tape, code.source.around(tape):
        yield tape


def eggs(folder: Path, times: int = 1, **options: Any) -> Path:
    """The same question, answered `times` times."""
    steps = (step(n, ask(QUESTION), completion(f"{n} eggs"), **options) for n in range(1, times + 1))
    return cassette(folder, *steps)


def test_a_call_is_answered_and_noted(code: Facade, tmp_path: Path) -> None:
    """The ledger is the grader's, and holds what was really sent, without the key."""
    with check(code, eggs(tmp_path)) as tape:
        assert code.answer(QUESTION) == "1 eggs"

    (call,) = tape.calls
    assert (call.method, call.path, call.tier) == ("POST", "/v1/chat/completions", "fast")
    assert call.messages == [{"role": "user", "content": QUESTION}]
    assert call.headers["authorization"] == "Bearer offline-OPENAI_API_KEY"
    assert (call.cancelled, call.error, tape.flying) == (False, None, 0)


@pytest.mark.parametrize("old", [False, True], ids=["httpx2", "httpx"])
def test_both_http_libraries_are_answered(code: Facade, tmp_path: Path, old: bool) -> None:
    """The SDKs use one, LangChain the other."""
    with check(code, eggs(tmp_path)):
        assert code.by_hand(QUESTION, old) == "1 eggs"


@pytest.mark.parametrize(("times", "at_once"), [(5, 5), (6, 2), (3, 1)])
async def test_calls_in_flight_are_counted(code: Facade, tmp_path: Path, times: int, at_once: int) -> None:
    """Gathered calls overlap, and a semaphore bounds them, as in the test's own process."""
    with check(code, eggs(tmp_path, times)) as tape:
        found = await code.gathered(QUESTION, times, at_once)

    assert sorted(found) == [f"{n} eggs" for n in range(1, times + 1)]
    assert tape.peak == at_once


def test_threads_overlap(code: Facade, tmp_path: Path) -> None:
    """A synchronous client in ten threads, of which each begins a little after the one before."""
    with check(code, eggs(tmp_path)):
        code.answer(QUESTION)  # making the client takes longer than all of the calls
    with check(code, eggs(tmp_path, 10)) as tape:
        assert len(code.in_threads(QUESTION, 10)) == 10

    # How many of the ten meet is the machine's affair; calls that wait for each other would never meet.
    assert tape.peak >= 5


async def test_a_stream_comes_piece_by_piece(
    code: Facade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its recorded pace: the last word is sent only after the first was seen."""
    pace = Timing(0.0, 1.0, ((0.0, 1), (0.0, 2), (30.0, 6)))
    path = cassette(
        tmp_path, step(1, ask(QUESTION, stream=True), chunks("two ", "dozen ", "24"), timing=pace)
    )
    seen: list[str] = []
    waited = []

    async def until_seen(seconds: float) -> None:
        """The long pause ends when the first word was seen, or after 10 s, when it never will be."""
        until = time.monotonic() + 10
        while seconds > 10 and not seen and time.monotonic() < until:
            await asyncio.sleep(0.01)
        waited.append((seconds > 10, bool(seen)))

    monkeypatch.setattr(play, "asyncio", SimpleNamespace(**vars(asyncio) | {"sleep": until_seen}))
    with check(code, path, scale=1.0) as tape:
        async for word in code.words(QUESTION):
            seen.append(word)

    assert seen == ["two ", "dozen ", "24"]
    assert (True, True) in waited
    assert (True, False) not in waited
    assert not tape.calls[0].cancelled


async def test_closing_a_stream_is_seen(code: Facade, tmp_path: Path) -> None:
    """A reader who stops has cancelled the call; one who has read the last piece has not."""
    body = chunks(*(f"word {n} " for n in range(50)))
    with check(code, cassette(tmp_path, step(1, ask(QUESTION, stream=True), body))) as tape:
        words = code.words(QUESTION)
        await anext(words)
        assert tape.flying == 1
        await words.aclose()
        assert tape.calls[0].cancelled
        assert tape.flying == 0


async def test_a_cancelled_wait_is_seen(code: Facade, tmp_path: Path) -> None:
    """The submission's own time-out, over a model that never answers."""
    path = cassette(tmp_path, step(1, ask(QUESTION), fault=("hang", 0)))
    with check(code, path) as tape:
        with pytest.raises(TimeoutError):
            await code.answer_soon(QUESTION, 2)
        assert tape.calls[0].cancelled


@pytest.mark.parametrize(
    ("fault", "error", "calls"),
    [
        ("timeout", "APITimeoutError", 3),
        ("refuse", "APIConnectionError", 3),
        ("cut", "APIConnectionError", 3),
    ],
)
def test_recorded_faults_strike(code: Facade, tmp_path: Path, fault: str, error: str, calls: int) -> None:
    """They reach the SDK as the exceptions of its HTTP library, and it tries again."""
    path = cassette(tmp_path, *(step(n, ask(QUESTION), fault=(fault, 0)) for n in (1, 2, 3)))
    with check(code, path) as tape, pytest.raises(openai.APIConnectionError) as caught:
        code.answer(QUESTION)

    assert type(caught.value).__name__ == error
    assert [call.error for call in tape.calls] == [fault] * calls


async def read(words: Any, into: list[str]) -> None:
    """What was read before an error stays."""
    async for word in words:
        into.append(word)


async def test_a_stream_that_breaks(code: Facade, tmp_path: Path) -> None:
    """What came before the cut is kept."""
    body = chunks("two ", "dozen ", "24")
    path = cassette(tmp_path, step(1, ask(QUESTION, stream=True), body, fault=("cut", 2)))
    seen: list[str] = []
    with check(code, path), pytest.raises(httpx2.RemoteProtocolError, match="peer closed"):
        await read(code.words(QUESTION), seen)

    assert seen == ["two ", "dozen "]


def test_a_rate_limit_does_not_wait(code: Facade, tmp_path: Path) -> None:
    """The recorded second is not slept."""
    limited = step(
        1, ask(QUESTION), {"error": {"message": "wait"}}, status=429, headers={"retry-after": "20"}
    )
    path = cassette(tmp_path, limited, step(2, ask(QUESTION), completion("24 eggs")))
    started = time.perf_counter()
    with check(code, path) as tape:
        assert code.answer(QUESTION) == "24 eggs"

    assert len(tape.calls) == 2
    assert time.perf_counter() - started < 10


def test_a_broken_connection_is_tried_again_at_once(code: Facade, tmp_path: Path) -> None:
    """The SDK in the submission's process does not wait for what the tape has already."""
    broken = step(1, ask(QUESTION), fault=("refuse",))
    with check(code, cassette(tmp_path, broken, step(2, ask(QUESTION), completion("24 eggs")))):
        assert code.answer(QUESTION) == "24 eggs"
        assert code.sdk_pause() < 0.01


@pytest.mark.parametrize("kind", ["one_too_many", "no_cassette", "no_match"])
def test_a_miss_ends_the_check_at_once(code: Facade, tmp_path: Path, kind: str) -> None:
    """Nothing that the submission catches keeps it going; the next check has a new process."""
    paths = {
        "one_too_many": cassette(tmp_path, step(1, ask(QUESTION), completion("24 eggs"))),
        "no_match": cassette(tmp_path, step(1, ask(QUESTION, stream=True), chunks("24")), name="other"),
        "no_cassette": None,
    }
    with pytest.raises(Miss) as missed, check(code, paths[kind]):  # noqa: PT012 (two calls make the miss)
        if kind == "one_too_many":
            code.answer(QUESTION)
        code.persists(QUESTION)

    assert missed.value.kind == kind
    with check(code, eggs(tmp_path)):
        assert code.answer(QUESTION) == "1 eggs"


async def test_a_miss_is_raised_even_if_the_test_swallows_it(code: Facade, tmp_path: Path) -> None:
    """As it is in the test's own process."""
    with pytest.raises(Miss), check(code, None):
        await asyncio.gather(code.gathered(QUESTION, 2, 2), return_exceptions=True)


def test_calls_outside_a_check_find_no_model(tmp_path: Path) -> None:
    """A file that asks a model while it is imported cannot be graded."""
    facade = remote(tmp_path, TEXT + f"\nSAID = answer({QUESTION!r})\n", reference=TEXT)

    assert facade.source.broken is not None
    assert "APIConnectionError" in facade.source.broken.problem


def test_an_answer_waits_for_calls_that_are_about_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as other threads start requests; a program without other threads does not wait."""
    waits: list[float] = []
    tap = transport.Tap.__new__(transport.Tap)
    tap.workers, tap.started, tap.flying = range(threading.active_count() - 1), 1, threading.active_count()

    def meanwhile(seconds: float) -> None:
        """Others start a request in each of the first twenty waits."""
        waits.append(seconds)
        tap.started += len(waits) <= 20

    still = SimpleNamespace(sleep=meanwhile, perf_counter=lambda: sum(waits), process_time=lambda: 0.0)
    monkeypatch.setattr(transport, "time", still)
    monkeypatch.setattr(transport, "others_run", lambda: False)
    tap.settle()
    assert not waits

    tap.flying, done = 0, threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    tap.settle()
    done.set()
    thread.join()
    assert waits == [transport.QUIET] * 21
