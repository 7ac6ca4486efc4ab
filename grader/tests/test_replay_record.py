"""Recording from a real provider: the client notices nothing, the cassette holds everything but keys."""

# ruff: noqa: PT012 - the raising part is the tape's exit, not the call

from __future__ import annotations

import asyncio
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic
import httpx2
import openai
import pytest
from vcr.cassette import Cassette as Container
from vcr.record_mode import RecordMode

from grader.models import model
from grader.replay.cassette import load
from grader.replay.forward import Unreachable
from grader.replay.tape import use
from grader.tests.replay_support import CHAT, ask, cancel_when, cassette, completion, stand_in, step

KEY = "sk-proj-a-real-looking-key-for-this-test"
SAID = "one two three four five six seven eight"
SCRIPT = f"""
    plain:
      title: Eight words
      match: [eight]
      delay: 0.2
      chunk: 0.03
      turns: [{{say: {SAID}}}]
    voices:
      title: Two voices
      turns: [{{say: [first, second]}}]
    limited:
      title: A refusal, then an answer
      turns: [{{first: {{error: 429, retry_after: 20}}, say: hello}}]
    cut:
      title: A cut
      chunk: 0.01
      turns: [{{cut: 3, say: {SAID}}}]
    hang:
      title: Silence
      turns: [{{hang: true, say: never}}]
    halfway:
      title: Silence after three chunks
      turns: [{{hang: true, after: 3, say: {SAID}}}]
    pair:
      title: Slow, then fast
      by: calls
      turns: [{{say: slow, delay: 1.5}}, {{say: fast, delay: 0.0}}]
"""


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with stand_in(tmp_path_factory.mktemp("course"), SCRIPT) as url:
        yield url


@pytest.fixture
def recording(provider, tmp_path):
    """Open a recording of a scenario: `recording("plain")`; the file is at `.path`."""

    def make(name, **options):
        path = tmp_path / "90_lab" / f"{name}.yaml"
        return use(
            path, **{"mode": "record", "upstream": provider, "head": {"title": name}, "drain": 0.9, **options}
        )

    return make


def client(**options):
    return openai.OpenAI(api_key=KEY, **{"max_retries": 0, **options})


def aclient(**options):
    return openai.AsyncOpenAI(api_key=KEY, **{"max_retries": 0, **options})


def hello(**options):
    return client(**options).chat.completions.create(**ask("hello")).choices[0].message.content


def words(**options):
    stream = client(**options).chat.completions.create(**ask("hello"), stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def test_vcrpy_holds_the_steps_and_its_modes_decide(recording, tmp_path):
    path = cassette(tmp_path, step(1, ask("hello"), completion("hi")))

    assert isinstance(use(path).engine, Container)
    assert use(path).engine.record_mode == RecordMode.NONE
    assert use(path).engine.write_protected
    assert len(use(path).engine) == 1
    assert not recording("plain").engine.write_protected


def test_what_was_recorded_replays(recording):
    with recording("plain") as tape:
        first = hello()
    with use(tape.path) as again:
        assert hello() == first == SAID

    assert again.usage == tape.usage
    assert again.source == "stand-in"


def test_a_check_reads_the_same_tape_while_it_is_recorded(recording):
    with recording("plain") as tape:
        assert tape.steps == []
        assert hello() == tape.steps[-1].reply.text
        assert tape.calls[0].reply is tape.steps[0].reply
        words()
        assert [found.number for found in tape.steps] == [1, 2]
        assert (tape.peak, tape.flying, tape.unplayed) == (1, 0, [])


def test_the_file_names_the_vendor_and_holds_no_key(recording, provider):
    with recording("plain") as tape:
        hello()
        client(base_url=f"{provider}/v1").chat.completions.create(**ask("eight again"))

    text = tape.path.read_text(encoding="utf-8")
    assert [found.request["url"] for found in tape.steps] == [CHAT, CHAT]
    assert KEY not in text
    assert provider not in text
    assert "x-stand-in" not in text
    assert "server:" not in text


def test_the_head_says_where_it_comes_from(recording):
    with recording("voices", voice=2, head={"title": "Two voices", "reference": "sha256:0"}) as tape:
        assert hello() == "second"

    head = load(tape.path).head
    assert (head["title"], head["source"], head["voice"], head["reference"]) == (
        "Two voices",
        "stand-in",
        2,
        "sha256:0",
    )
    assert head["models"] == {"asked": [model("fast")], "answered": [model("fast")]}
    assert head["usage"]["input_tokens"] == tape.usage.input_tokens
    assert head["sdk"]["openai"] == openai.__version__
    assert float(head["cost_usd"]) == pytest.approx(float(tape.cost))
    assert "script" in head["note"]


def test_pieces_arrive_as_they_come(recording):
    """Three words are read before the answer ends, which it does only when the client gives up."""
    with recording("halfway") as tape:
        stream = client(timeout=20).chat.completions.create(**ask("hello"), stream=True)
        said = [chunk.choices[0].delta.content for _, chunk in zip(range(4), stream, strict=False)]
        assert tape.steps == []  # it would have been recorded at its end
        stream.close()

    assert "".join(word or "" for word in said) == "one two three"


async def test_the_times_of_pieces_are_recorded(recording):
    """A busy machine may hear a piece late, and several at once; none is heard before it was sent."""
    with recording("plain") as tape:
        stream = await aclient().chat.completions.create(**ask("hello"), stream=True)
        words = [chunk.choices[0].delta.content async for chunk in stream]

    assert "".join(word or "" for word in words) == SAID
    assert not tape.calls[0].cancelled
    timing = tape.steps[0].timing
    assert timing.headers >= 0.2
    offsets = [offset for offset, _ in timing.chunks]
    assert offsets == sorted(offsets)
    assert offsets[-1] >= timing.headers + 0.15
    assert timing.total >= offsets[-1]


def test_the_other_vendor_is_recorded_too(recording):
    def say():
        talk = anthropic.Anthropic(api_key=KEY)
        options = {"model": model("fast", "anthropic"), "max_tokens": 99}
        with talk.messages.stream(**options, messages=[{"role": "user", "content": "hello"}]) as stream:
            return "".join(stream.text_stream)

    with recording("plain") as tape:
        first = say()
    with use(tape.path):
        assert say() == first == SAID
    assert tape.steps[0].request["url"] == "https://api.anthropic.com/v1/messages"


def test_steps_are_numbered_when_they_start(recording):
    async def both():
        talk = aclient()
        slow = asyncio.create_task(talk.chat.completions.create(**ask("first")))
        while not tape.calls:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        fast = await talk.chat.completions.create(**ask("second"))
        assert not slow.done()
        return (await slow).choices[0].message.content, fast.choices[0].message.content

    with recording("pair") as tape:
        assert asyncio.run(both()) == ("slow", "fast")

    assert tape.peak == 2
    assert [found.reply.text for found in load(tape.path).steps] == ["slow", "fast"]


def test_a_refusal_is_recorded_and_nobody_waits(recording):
    start = time.perf_counter()
    with recording("limited") as tape:
        assert hello(max_retries=2) == "hello"

    assert time.perf_counter() - start < 10
    assert [found.reply.status for found in tape.steps] == [429, 200]
    assert load(tape.path).steps[0].reply.headers["retry-after"] == "20"
    assert "retry-after-ms" not in tape.path.read_text(encoding="utf-8")


def test_a_cut_is_recorded_as_a_cut(recording):
    with recording("cut") as tape, pytest.raises(httpx2.RemoteProtocolError):
        words()

    fault, heard = tape.steps[0].fault, tape.steps[0].reply.text
    assert (fault.kind, heard) == ("cut", "one two three")
    with use(tape.path), pytest.raises(httpx2.RemoteProtocolError):
        words()


def test_the_clients_timeout_is_recorded_as_a_timeout(recording):
    with recording("hang") as tape, pytest.raises(openai.APITimeoutError):
        hello(timeout=0.2)

    assert tape.steps[0].fault.kind == "timeout"
    assert (tape.calls[0].cancelled, tape.calls[0].error) == (False, "timeout")
    with use(tape.path), pytest.raises(openai.APITimeoutError):
        hello()


async def test_an_async_clients_timeout_is_recorded_as_a_timeout(recording):
    with recording("hang") as tape, pytest.raises(openai.APITimeoutError):
        await aclient(timeout=0.2).chat.completions.create(**ask("hello"))

    assert tape.steps[0].fault.kind == "timeout"
    assert not tape.calls[0].cancelled


async def test_a_hang_that_the_client_cancels_is_recorded_as_a_hang(recording):
    async def give_up(tape):
        await cancel_when(lambda: tape.calls, aclient().chat.completions.create(**ask("hello")))

    with recording("hang") as tape:
        await give_up(tape)
    assert (tape.calls[0].cancelled, tape.steps[0].fault.kind) == (True, "hang")
    with use(tape.path) as again:
        await give_up(again)
    assert again.calls[0].cancelled


async def test_a_hang_inside_a_stream_keeps_what_came_before(recording):
    said = []

    async def read():
        async for chunk in await aclient().chat.completions.create(**ask("hello"), stream=True):
            said.append(chunk.choices[0].delta.content)

    with recording("halfway") as tape:
        await cancel_when(lambda: len(said) == 4, read())

    assert tape.steps[0].fault.kind == "hang"
    assert load(tape.path).steps[0].reply.text == "one two three"


async def test_a_client_that_leaves_early_leaves_the_whole_stream_behind(recording):
    with recording("plain") as tape:
        stream = await aclient().chat.completions.create(**ask("hello"), stream=True)
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        await stream.close()
        assert tape.calls[0].cancelled
        assert tape.steps[0].reply.text == SAID

    assert load(tape.path).steps[0].reply.finish == "stop"


async def test_a_cancelled_request_leaves_the_whole_answer_behind(recording):
    with recording("plain") as tape:
        await cancel_when(lambda: tape.calls, aclient().chat.completions.create(**ask("hello")))

    assert tape.calls[0].cancelled
    assert load(tape.path).steps[0].reply.text == SAID


async def test_calls_together_are_recorded_together(recording):
    with recording("plain") as tape:
        talk = aclient()
        await asyncio.gather(*(talk.chat.completions.create(**ask(f"question {n}")) for n in range(5)))

    assert tape.peak == 5
    assert len(tape.steps) == 5


def test_other_libraries_are_recorded_through_vcrpy(recording):
    requests = pytest.importorskip("requests")

    def say():
        headers = {"authorization": f"Bearer {KEY}"}
        return requests.post(CHAT, json=ask("hello"), headers=headers).json()["choices"][0]["message"][
            "content"
        ]

    with recording("plain") as tape:
        first = say()
    with use(tape.path):
        assert say() == first == SAID


def test_a_declared_repeat_is_written_down(recording):
    with recording("plain", repeats="samples") as tape:
        hello()

    assert load(tape.path).steps[0].repeat == "samples"


def test_a_test_that_fails_saves_nothing(recording):
    tape = recording("plain")
    tape.path.parent.mkdir()
    tape.path.write_text("the old one")
    with pytest.raises(AssertionError), tape:
        hello()
        raise AssertionError("the reference is wrong")

    assert tape.path.read_text() == "the old one"


def test_a_provider_that_is_not_there_is_no_recorded_refusal(recording):
    tape = recording("plain", upstream="http://127.0.0.1:9")
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9 does not answer"), tape:
        hello()

    assert not tape.path.exists()


def test_live_hosts_are_recorded_as_they_are(recording, provider):
    """Without an upstream the request goes where the client sends it, and no header of ours goes with it."""
    with recording("live", upstream=None) as tape:
        reply = client(base_url=f"{provider}/v1").chat.completions.create(**ask("eight"))

    assert reply.choices[0].message.content == SAID
    assert load(tape.path).source == "live"
    assert tape.steps[0].request["url"] == f"{provider}/v1/chat/completions"


class Echo(BaseHTTPRequestHandler):
    """Answers with the request's headers, and with a URL of its own, as a batch's results have one."""

    def do_GET(self):
        url = f"http://{self.headers['host']}/v1/messages/batches/msgbatch_1/results"
        body = json.dumps(
            {"results_url": url, "seen": {k.lower(): v for k, v in self.headers.items()}}
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("set-cookie", "session=1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def echo():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_provider_learns_the_scenario_and_is_asked_for_plain_bytes(recording, echo):
    with recording("named", upstream=echo, voice=2), httpx2.Client() as talk:
        seen = talk.get("https://api.anthropic.com/v1/messages/batches/msgbatch_1").json()["seen"]

    assert (seen["x-stand-in-scenario"], seen["x-stand-in-voice"]) == ("90_lab/named", "2")
    assert seen["accept-encoding"] == "identity"


def test_a_url_in_an_answer_points_at_the_vendor(recording, echo):
    """A client follows `results_url` as it stands: replayed, it must not lead to a port of the past."""
    with recording("batch", upstream=echo) as tape:
        first = httpx2.get("https://api.anthropic.com/v1/messages/batches/msgbatch_1").json()
        httpx2.get(first["results_url"])

    assert first["results_url"] == "https://api.anthropic.com/v1/messages/batches/msgbatch_1/results"
    assert [call.facts.action for call in tape.calls] == ["read", "results"]
    assert "session=1" not in tape.path.read_text(encoding="utf-8")


def test_a_request_that_cannot_be_sent_is_an_error_and_no_endless_wait(recording):
    tape = recording("plain", upstream="ftp://127.0.0.1")
    with pytest.raises(httpx2.UnsupportedProtocol), tape:
        hello(timeout=5)

    assert not tape.path.exists()
