"""Replay keeps concurrency real: calls in flight are counted, and no step is served twice."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import anyio.to_thread
import httpx2
import openai
import pytest

from grader.replay import play
from grader.replay.steps import Timing
from grader.replay.tape import Tape, use
from grader.tests.replay_support import CHAT, KEY, ask, cassette, chunks, completion, step


@pytest.fixture
def votes(tmp_path):
    """Forty steps that answer the same question with 1, 2, 3, ..."""
    return cassette(tmp_path, *(step(n, ask("vote"), completion(str(n))) for n in range(1, 41)))


async def vote(client, gate=None):
    async with gate or asyncio.Semaphore(1):
        reply = await client.chat.completions.create(**ask("vote"))
    return int(reply.choices[0].message.content)


@pytest.mark.parametrize("attempt", range(5))
async def test_five_gathered_calls_are_five_in_flight(votes, attempt):
    """Each attempt with a fresh client: its first calls pass a thread, which looks up the platform."""
    with use(votes) as tape:
        client = openai.AsyncOpenAI(api_key=KEY)
        assert sorted(await asyncio.gather(*(vote(client) for _ in range(5)))) == [1, 2, 3, 4, 5]

    assert tape.peak == 5


def test_five_gathered_calls_of_a_synchronous_function(votes):
    """A learner's `solve()` may run its own loop."""

    async def all_votes():
        client = openai.AsyncOpenAI(api_key=KEY)
        return await asyncio.gather(*(vote(client) for _ in range(5)))

    with use(votes) as tape:
        asyncio.run(all_votes())

    assert tape.peak == 5


@pytest.mark.parametrize("width", [1, 2, 3, 7])
async def test_a_semaphore_bounds_what_is_in_flight(votes, width):
    gate = asyncio.Semaphore(width)
    with use(votes) as tape:
        client = openai.AsyncOpenAI(api_key=KEY)
        await asyncio.gather(*(vote(client, gate) for _ in range(20)))

    assert tape.peak == width


@pytest.mark.parametrize("way", ["pause", "asyncio thread", "anyio thread", "generator"])
async def test_tasks_on_their_way_to_a_call_are_waited_for(votes, way):
    """Who pauses for a moment, or passes a thread, calls while the others still wait for their answers."""
    client = openai.AsyncOpenAI(api_key=KEY)

    async def told(number):
        await asyncio.sleep(0.002 * number)
        yield await vote(client)

    async def one(number):
        if way == "generator":
            return [each async for each in told(number)]
        if way == "pause":
            await asyncio.sleep(0.002 * number)
        elif way == "asyncio thread":
            await asyncio.to_thread(time.sleep, 0.002 * number)
        else:
            await anyio.to_thread.run_sync(time.sleep, 0.002 * number)
        return await vote(client)

    with use(votes) as tape:
        await vote(client)
        await asyncio.gather(*(one(number) for number in range(5)))

    assert tape.peak == 5


@pytest.mark.parametrize(
    ("wait", "told"),
    [
        (lambda _: asyncio.sleep(60), "time"),
        (lambda _: asyncio.Event().wait(), ""),
        (lambda gate: asyncio.to_thread(gate.wait, 60), "thread"),
    ],
    ids=["time", "others", "thread"],
)
async def test_what_waits_inside_a_generator_is_seen(wait, told):
    """Frameworks run their steps in generators: an answer would be held back for each that cannot be seen."""

    gate = threading.Event()

    async def inner():
        await wait(gate)
        yield 1

    async def outer():
        async for each in inner():
            yield each

    async def through():
        return [each async for each in outer()]

    async def step():
        return await anext(outer())

    tasks = [asyncio.create_task(through()), asyncio.create_task(step())]
    for _ in range(3):
        await asyncio.sleep(0)
    found = [play._waits_for(task) for task in tasks]
    gate.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert found == [told, told]


async def test_calls_in_a_row_are_one_in_flight(votes):
    with use(votes) as tape:
        client = openai.AsyncOpenAI(api_key=KEY)
        for _ in range(5):
            await vote(client)

    assert tape.peak == 1


@pytest.mark.parametrize("width", [2, 5])
def test_threads_are_in_flight_together(votes, width):
    client = openai.OpenAI(api_key=KEY)
    with use(votes) as tape, ThreadPoolExecutor(width) as pool:
        list(pool.map(lambda _: client.chat.completions.create(**ask("vote")), range(20)))

    assert tape.peak == width


def test_a_loop_of_synchronous_calls_is_one_in_flight(votes):
    client = openai.OpenAI(api_key=KEY)
    with use(votes) as tape:
        for _ in range(5):
            client.chat.completions.create(**ask("vote"))

    assert tape.peak == 1


async def test_a_stream_is_in_flight_until_it_is_read(tmp_path):
    path = cassette(tmp_path, *(step(n, ask("vote", stream=True), chunks("a", "b")) for n in (1, 2)))
    with use(path) as tape:
        client = openai.AsyncOpenAI(api_key=KEY)
        first = await client.chat.completions.create(**ask("vote"), stream=True)
        assert tape.flying == 1
        async for _ in await client.chat.completions.create(**ask("vote"), stream=True):
            pass
        assert tape.flying == 1
        await first.close()

    assert (tape.flying, tape.peak) == (0, 2)
    assert [call.cancelled for call in tape.calls] == [True, False]


async def test_calls_are_listed_in_start_order(tmp_path):
    path = cassette(tmp_path, *(step(n, ask(f"document {n}"), completion(str(n))) for n in range(1, 9)))
    with use(path) as tape:
        client = openai.AsyncOpenAI(api_key=KEY)
        replies = await asyncio.gather(
            *(client.chat.completions.create(**ask(f"document {n}")) for n in range(8, 0, -1))
        )

    assert [reply.choices[0].message.content for reply in replies] == [str(n) for n in range(8, 0, -1)]
    assert [call.step.number for call in tape.calls] == [int(call.text.split()[-1]) for call in tape.calls]


def test_no_step_is_served_twice_to_threads(tmp_path):
    """Finding and consuming a step is one act; the switch interval is cut so that threads interleave."""
    recorded = [step(n, ask("vote"), completion(str(n))) for n in range(1, 401)]
    tape = Tape(cassette(tmp_path, *recorded))
    body = httpx2.Request("POST", CHAT, json=ask("vote")).read()

    def answer(_):
        with tape.answer("POST", CHAT, {}, body) as found:
            return found.step.number

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(32) as pool:
            served = Counter(pool.map(answer, range(400)))
    finally:
        sys.setswitchinterval(interval)

    assert served == Counter(range(1, 401))
    assert tape.flying == 0
    assert tape.unplayed == []


async def test_calls_made_together_pause_together(tmp_path, monkeypatch):
    """Each for its recorded second at scale 0.1; every pause ends only when four have begun."""
    second = Timing(headers=1.0, total=1.0)
    path = cassette(tmp_path, *(step(n, ask("vote"), completion(str(n)), timing=second) for n in range(1, 5)))
    pauses, all_four = [], asyncio.Event()

    async def pause(seconds):
        if seconds < 0.1:  # it looks whether another call has begun
            return await asyncio.sleep(seconds)
        pauses.append(seconds)
        if len(pauses) == 4:
            all_four.set()
        return await asyncio.wait_for(all_four.wait(), 20)

    monkeypatch.setattr(play, "asyncio", SimpleNamespace(**vars(asyncio) | {"sleep": pause}))
    with use(path, scale=0.1):
        client = openai.AsyncOpenAI(api_key=KEY)
        assert sorted(await asyncio.gather(*(vote(client) for _ in range(4)))) == [1, 2, 3, 4]

    assert pauses == [pytest.approx(0.1)] * 4
