"""What a check reads from the tape, and what a client meets: replies, faults, refusals, cancelled calls."""

# ruff: noqa: PT012, SIM117 - a stream raises while it is read; the tape and what it raises are two things

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

import anthropic
import httpx2
import openai
import pytest

from grader.models import UnknownPrice, Usage, cost, model
from grader.replay.cassette import BadCassette
from grader.replay.steps import Timing
from grader.replay.tape import Tape, use
from grader.tests.replay_support import (
    CHAT,
    JSON,
    KEY,
    MESSAGES,
    ask,
    cancel_when,
    cassette,
    chunks,
    completion,
    message,
    step,
)

BUSY = {"error": {"message": "slow down", "type": "rate_limit"}}
STREAM = ask("hello", stream=True)
SPREAD = Timing(0.1, 0.5, tuple((0.1 * n, n) for n in range(1, 6)))


def client(**options):
    return openai.OpenAI(api_key=KEY, **{"max_retries": 0, **options})


def aclient(**options):
    return openai.AsyncOpenAI(api_key=KEY, **{"max_retries": 0, **options})


def hello(**options):
    return client(**options).chat.completions.create(**ask("hello")).choices[0].message.content


# The ledger.


def test_the_ledger_holds_what_was_sent_not_what_was_recorded(tmp_path):
    with use(cassette(tmp_path, step(1, ask("hello"), completion("hi")))) as tape:
        client().chat.completions.create(**ask("Good morning!", temperature=0.7))

    call = tape.calls[0]
    assert (call.number, call.method, call.path, call.provider) == (
        1,
        "POST",
        "/v1/chat/completions",
        "openai",
    )
    assert call.messages == [{"role": "user", "content": "Good morning!"}]
    assert (call.text, call.tier, call.facts.temperature) == ("Good morning!", "fast", "positive")
    assert call.step is tape.steps[0]
    assert call.reply.text == "hi"
    assert (call.cancelled, call.error) == (False, None)


@pytest.mark.parametrize(
    ("url", "named", "provider"),
    [
        ("https://api.deepseek.com/chat/completions", model("fast", "deepseek"), "deepseek"),
        ("http://localhost:8000/v1/chat/completions", model("fast", "llama"), "llama"),
        ("http://localhost:8000/v1/chat/completions", "gpt-0", "openai"),
        ("https://api.anthropic.com/v1/messages", "gpt-0", "anthropic"),
    ],
)
def test_the_provider_comes_from_host_model_or_format(url, named, provider):
    tape = Tape(None)

    assert tape.note("POST", url, {}, f'{{"model": "{named}"}}'.encode()).provider == provider


def test_a_form_is_read_too():
    request = httpx2.Request(
        "POST", "https://api.openai.com/v1/files", data={"purpose": "batch"}, files={"file": b"{}"}
    )
    call = Tape(None).note("POST", str(request.url), dict(request.headers), request.read())

    assert call.form == {"purpose": "batch", "file": "{}"}
    assert call.body is None


def test_usage_and_cost_add_up_over_live_calls(tmp_path):
    failed = {**BUSY, "usage": {"prompt_tokens": 5, "completion_tokens": 0}}
    steps = (
        step(1, ask("hello"), failed, status=400),
        step(2, ask("hello"), completion("hi", prompt_tokens=1000)),
    )
    with use(cassette(tmp_path, *steps)) as tape:
        with pytest.raises(openai.BadRequestError):
            hello()
        hello()

    assert tape.usage == Usage(1005, 2)
    assert tape.cost == cost(Usage(1005, 2), model("fast")) > 0


def test_nothing_called_costs_nothing(tmp_path):
    with use(cassette(tmp_path, step(1, ask("hello"), completion("hi")))) as tape:
        pass

    assert (tape.usage, tape.cost, tape.source) == (Usage(), Decimal(0), "authored")
    assert [left.number for left in tape.unplayed] == [1]


def test_an_unknown_price_is_refused_not_counted_as_zero(tmp_path):
    with use(cassette(tmp_path, step(1, ask("hello"), completion("hi")))) as tape:
        client().chat.completions.create(**ask("hello", model="gpt-0"))
    with pytest.raises(UnknownPrice):
        _ = tape.cost


def test_a_bad_cassette_is_reported_when_the_tape_is_made(tmp_path):
    (tmp_path / "x.yaml").write_text("cassette: 2")
    with pytest.raises(BadCassette, match="version is 2"):
        use(tmp_path / "x.yaml")


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="'rewind' is not a mode"):
        use(None, mode="rewind")


def test_one_recording_plays_again_for_the_next_test(tmp_path):
    path = cassette(tmp_path, step(1, ask("hello"), completion("hi")))
    for _ in range(2):
        with use(path) as tape:
            hello()
        assert tape.unplayed == []


# Faults.


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (("timeout",), openai.APITimeoutError),
        (("hang",), openai.APITimeoutError),
        (("refuse",), openai.APIConnectionError),
        (("cut",), openai.APIConnectionError),
    ],
)
def test_a_fault_reaches_the_sdk_as_its_own_error(tmp_path, fault, error):
    with use(cassette(tmp_path, step(1, ask("hello"), fault=fault))) as tape, pytest.raises(error):
        hello()

    assert (tape.calls[0].error, tape.calls[0].cancelled, tape.flying) == (fault[0], False, 0)


@pytest.mark.parametrize("fault", [("timeout",), ("refuse",)])
async def test_a_fault_reaches_the_async_sdk_too(tmp_path, fault):
    with (
        use(cassette(tmp_path, step(1, ask("hello"), fault=fault))),
        pytest.raises(openai.APIConnectionError),
    ):
        await aclient().chat.completions.create(**ask("hello"))


def test_a_stream_is_cut_after_so_many_events(tmp_path):
    path = cassette(tmp_path, step(1, STREAM, chunks("a", "b", "c"), fault=("cut", 2)))
    said = []
    with use(path) as tape, pytest.raises(httpx2.RemoteProtocolError):
        for chunk in client().chat.completions.create(**STREAM):
            said.append(chunk.choices[0].delta.content)

    assert said == ["a", "b"]

    assert tape.calls[0].reply.text == "ab"
    assert (tape.calls[0].error, tape.calls[0].cancelled) == ("cut", False)


async def test_a_stream_hangs_after_so_many_events_until_the_client_gives_up(tmp_path):
    said = []

    async def read():
        async for chunk in await aclient().chat.completions.create(**STREAM):
            said.append(chunk.choices[0].delta.content)

    with use(cassette(tmp_path, step(1, STREAM, chunks("a", "b", "c"), fault=("hang", 2)))) as tape:
        await cancel_when(lambda: len(said) == 2, read())

    assert said == ["a", "b"]
    assert tape.calls[0].cancelled


async def test_a_hang_ends_when_it_is_cancelled(tmp_path):
    with use(cassette(tmp_path, step(1, ask("hello"), fault=("hang",)))) as tape:
        await cancel_when(lambda: tape.calls, aclient().chat.completions.create(**ask("hello")))

    assert (tape.calls[0].cancelled, tape.calls[0].reply, tape.flying) == (True, None, 0)


async def test_a_hang_ends_with_the_clients_own_timeout(tmp_path):
    with use(cassette(tmp_path, step(1, ask("hello"), fault=("hang",)))) as tape:
        with pytest.raises(openai.APITimeoutError):
            await aclient(timeout=0.1).chat.completions.create(**ask("hello"))

    assert (tape.calls[0].cancelled, tape.calls[0].error) == (False, "hang")


@pytest.mark.parametrize("fault", [("timeout",), ("refuse",), ("cut",), ("hang",)])
def test_a_fault_reaches_requests_too(tmp_path, fault):
    requests = pytest.importorskip("requests")
    with use(cassette(tmp_path, step(1, ask("hello"), fault=fault))):
        with pytest.raises(requests.RequestException):
            requests.post(CHAT, json=ask("hello"))


# Refusals: nobody waits.


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_retry_waits_for_nothing(tmp_path, status):
    steps = (
        step(1, ask("hello"), BUSY, status=status, headers={"retry-after": "20"}),
        step(2, ask("hello"), completion("hi")),
    )
    start = time.perf_counter()
    with use(cassette(tmp_path, *steps)) as tape:
        assert hello(max_retries=2) == "hi"

    assert time.perf_counter() - start < 10
    assert [call.reply.status for call in tape.calls] == [status, 200]


def test_the_other_vendors_retry_waits_for_nothing(tmp_path):
    body = {
        "model": model("fast", "anthropic"),
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hello"}],
    }
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    steps = (step(1, body, overloaded, url=MESSAGES, status=529, headers={"retry-after": "20"}),
             step(2, body, message("hi"), url=MESSAGES))  # fmt: skip
    start = time.perf_counter()
    with use(cassette(tmp_path, *steps)):
        assert anthropic.Anthropic(api_key=KEY).messages.create(**body).content[-1].text == "hi"

    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("fault", ["timeout", "refuse", "cut"])
def test_a_retry_after_a_broken_connection_waits_hardly(tmp_path, monkeypatch, fault):
    """No header can carry its pause; after the replay the SDK waits as before."""
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    before = openai._base_client.INITIAL_RETRY_DELAY
    steps = (step(1, ask("hello"), fault=(fault,)), step(2, ask("hello"), completion("hi")))
    with use(cassette(tmp_path, *steps)):
        assert hello(max_retries=2) == "hi"

    assert 0 < sum(slept) < 0.01 < before == openai._base_client.INITIAL_RETRY_DELAY


def test_the_vendors_waiting_time_stays_readable(tmp_path):
    """Code that does its own retries reads `retry-after`, and sleeps with what the check passes in."""
    path = cassette(tmp_path, step(1, ask("hello"), BUSY, status=429, headers={"retry-after": "20"}))
    with use(path), pytest.raises(openai.RateLimitError) as caught:
        hello()

    assert caught.value.response.headers["retry-after"] == "20"


# Clients that leave.


def test_a_client_that_stops_reading_has_cancelled(tmp_path):
    with use(cassette(tmp_path, step(1, STREAM, chunks("a", "b", "c"), timing=SPREAD))) as tape:
        with client().chat.completions.create(**STREAM) as stream:
            next(iter(stream))

    assert tape.calls[0].cancelled
    assert tape.flying == 0


def test_a_client_that_reads_to_the_end_has_not(tmp_path):
    with use(cassette(tmp_path, step(1, STREAM, chunks("a", "b", "c"), timing=SPREAD))) as tape:
        assert len(list(client().chat.completions.create(**STREAM))) == 5

    assert not tape.calls[0].cancelled


async def test_a_cancelled_task_has_cancelled_its_call(tmp_path):
    with use(
        cassette(tmp_path, step(1, ask("hello"), completion("hi"), timing=Timing(50, 50))), scale=1.0
    ) as tape:
        await cancel_when(lambda: tape.calls, aclient().chat.completions.create(**ask("hello")))

    assert tape.calls[0].cancelled
    assert tape.flying == 0


async def test_other_tasks_run_between_the_pieces_of_a_stream(tmp_path):
    with use(cassette(tmp_path, step(1, STREAM, chunks("a", "b", "c"), timing=SPREAD))):
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        seen = [ticks async for _ in await aclient().chat.completions.create(**STREAM)]
        ticking.cancel()

    assert seen[-1] > seen[0]


@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_a_stream_takes_its_recorded_time_at_a_scale(tmp_path, scale):
    with use(cassette(tmp_path, step(1, STREAM, chunks("a", "b", "c"), timing=SPREAD)), scale=scale):
        talk = client()
        start = time.perf_counter()
        arrived = [time.perf_counter() - start for _ in talk.chat.completions.create(**STREAM)]

    assert arrived[-1] >= 0.5 * scale
    assert arrived[0] < arrived[-1]
    assert arrived == sorted(arrived)


# Answering without patches: hostile grading asks the tape for a child's requests.


def test_an_unpatched_tape_answers_and_counts(tmp_path):
    path = cassette(
        tmp_path, step(1, STREAM, chunks("a", "b"), timing=SPREAD), step(2, ask("x"), fault=("refuse",))
    )
    tape = Tape(path)
    body = httpx2.Request("POST", CHAT, json=STREAM).read()
    answer = tape.answer("POST", CHAT, JSON, body)

    assert (answer.status, answer.headers["content-type"], answer.fault) == (200, "text/event-stream", None)
    assert [offset for offset, _ in answer.chunks] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert tape.flying == 1
    answer.close(cancelled=True)
    answer.close()
    assert (tape.flying, tape.calls[0].cancelled) == (0, True)
    refused = tape.answer("POST", CHAT, JSON, httpx2.Request("POST", CHAT, json=ask("x")).read())
    assert (refused.status, refused.chunks, refused.fault.kind) == (0, [], "refuse")
