"""One recording answers every client that the course uses, and no in-process application."""

from __future__ import annotations

import json
import urllib.request

import anthropic
import httpx2
import openai
import pytest
from pydantic import BaseModel

from grader.models import model
from grader.replay.tape import use
from grader.tests.replay_support import CHAT, KEY, MESSAGES, ask, cassette, chunks, completion, message, step

CLAUDE = {
    "model": model("fast", "anthropic"),
    "max_tokens": 99,
    "messages": [{"role": "user", "content": "15% of 240?"}],
}
QUESTION = ask("15% of 240?")
EVENTS = [
    {"type": "message_start", "message": {**message(""), "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "3"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "6"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]  # fmt: skip
NAMED = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in EVENTS)


class Answer(BaseModel):
    """What the model is to return."""

    value: int


@pytest.fixture
def tape(tmp_path):
    """A recording with one step for each shape of request below."""
    strict = {"response_format": {"type": "json_schema", "json_schema": {"name": "Answer", "schema": {}}}}
    tool = {"tools": [{"type": "function", "function": {"name": "Answer"}}]}
    called = completion("")
    called["choices"][0]["message"] |= {
        "content": None,
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "Answer", "arguments": '{"value": 36}'}}
        ],
    }
    vectors = {
        "object": "list",
        "model": "m",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
    shapes = [
        (QUESTION, completion("36"), CHAT),
        ({**QUESTION, "stream": True}, chunks("3", "6"), CHAT),
        ({**QUESTION, **strict}, completion('{"value": 36}'), CHAT),
        ({**QUESTION, **tool}, called, CHAT),
        (CLAUDE, message("36"), MESSAGES),
        ({**CLAUDE, "stream": True}, NAMED, MESSAGES),
        ({"input": ["x"]}, vectors, "https://api.openai.com/v1/embeddings"),
    ]
    steps = [
        step(number, body, answer, url=url, repeat="any")
        for number, (body, answer, url) in enumerate(shapes, 1)
    ]
    with use(cassette(tmp_path, *steps)) as opened:
        yield opened


def test_openai(tape):
    client = openai.OpenAI(api_key=KEY)

    assert client.chat.completions.create(**QUESTION).choices[0].message.content == "36"
    assert client.chat.completions.parse(**QUESTION, response_format=Answer).choices[
        0
    ].message.parsed == Answer(value=36)
    assert [call.text for call in tape.calls] == ["15% of 240?"] * 2


def test_openai_streamed(tape):
    said = openai.OpenAI(api_key=KEY).chat.completions.create(**QUESTION, stream=True)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in said if chunk.choices) == "36"
    assert not tape.calls[0].cancelled


async def test_openai_async(tape):
    client = openai.AsyncOpenAI(api_key=KEY)
    whole = await client.chat.completions.create(**QUESTION)
    streamed = await client.chat.completions.create(**QUESTION, stream=True)
    said = [chunk.choices[0].delta.content or "" async for chunk in streamed if chunk.choices]

    assert (whole.choices[0].message.content, "".join(said)) == ("36", "36")
    assert [call.cancelled for call in tape.calls] == [False, False]


def test_openai_embeddings_come_as_the_client_wants_them(tape):
    client = openai.OpenAI(api_key=KEY)
    packed = client.embeddings.create(model="m", input=["x"])
    plain = client.embeddings.create(model="m", input=["x"], encoding_format="float")
    raw = httpx2.post("https://api.openai.com/v1/embeddings", json={"model": "m", "input": ["x"]}).json()

    assert tape.calls[0].body["encoding_format"] == "base64"
    assert packed.data[0].embedding == plain.data[0].embedding == raw["data"][0]["embedding"] == [0.5, 1.0]


def test_openai_raw_response(tape):
    raw = openai.OpenAI(api_key=KEY).chat.completions.with_raw_response.create(**QUESTION)

    assert raw.headers["content-type"] == "application/json"
    assert raw.parse().choices[0].message.content == "36"


def test_anthropic(tape):
    client = anthropic.Anthropic(api_key=KEY)
    whole = client.messages.create(**CLAUDE)
    with client.messages.stream(**CLAUDE) as stream:
        said = "".join(stream.text_stream)

    assert (whole.content[-1].text, said) == ("36", "36")
    assert [call.provider for call in tape.calls] == ["anthropic", "anthropic"]
    assert not tape.calls[1].cancelled


async def test_anthropic_async(tape):
    client = anthropic.AsyncAnthropic(api_key=KEY)
    whole = await client.messages.create(**CLAUDE)
    async with client.messages.stream(**CLAUDE) as stream:
        final = await stream.get_final_message()

    assert (whole.content[-1].text, final.content[-1].text) == ("36", "36")
    assert len(tape.calls) == 2


def test_instructor(tape):
    instructor = pytest.importorskip("instructor")
    client = instructor.from_openai(openai.OpenAI(api_key=KEY))

    assert client.chat.completions.create(**QUESTION, response_model=Answer).value == 36
    assert tape.calls[0].facts.tools == ("Answer",)


async def test_instructor_async_with_a_schema(tape):
    instructor = pytest.importorskip("instructor")
    client = instructor.from_openai(openai.AsyncOpenAI(api_key=KEY), mode=instructor.Mode.JSON_SCHEMA)

    assert (await client.chat.completions.create(**QUESTION, response_model=Answer)).value == 36
    assert tape.calls[0].facts.format == "json_schema"


def test_langchain_openai(tape):
    chat = pytest.importorskip("langchain_openai").ChatOpenAI(model=model("fast"), api_key=KEY)

    assert chat.invoke("15% of 240?").content == "36"
    assert "".join(chunk.content for chunk in chat.stream("15% of 240?")) == "36"
    assert [reply.content for reply in chat.batch(["15% of 240?"] * 3)] == ["36"] * 3
    assert len(tape.calls) == 5


async def test_langchain_openai_async(tape):
    chat = pytest.importorskip("langchain_openai").ChatOpenAI(model=model("fast"), api_key=KEY)

    assert (await chat.ainvoke("15% of 240?")).content == "36"
    assert len(tape.calls) == 1


def test_langchain_anthropic(tape):
    chat = pytest.importorskip("langchain_anthropic").ChatAnthropic(model=CLAUDE["model"], api_key=KEY)

    assert chat.invoke("15% of 240?").text == "36"
    assert "".join(chunk.text for chunk in chat.stream("15% of 240?")) == "36"
    assert len(tape.calls) == 2


def test_plain_httpx2(tape):
    assert httpx2.post(CHAT, json=QUESTION).json() == completion("36")
    with httpx2.stream("POST", CHAT, json={**QUESTION, "stream": True}) as response:
        assert sum(line.startswith("data:") for line in response.iter_lines()) == 5
    assert len(tape.calls) == 2


async def test_legacy_httpx(tape):
    httpx = pytest.importorskip("httpx")
    async with httpx.AsyncClient() as client:
        assert (await client.post(CHAT, json=QUESTION)).json() == completion("36")
    assert httpx.post(CHAT, json=QUESTION).json() == completion("36")
    assert len(tape.calls) == 2


def test_requests(tape):
    requests = pytest.importorskip("requests")

    assert requests.post(CHAT, json=QUESTION).json() == completion("36")
    with requests.Session() as session:
        lines = session.post(CHAT, json={**QUESTION, "stream": True}, stream=True).iter_lines()
        assert sum(line.startswith(b"data:") for line in lines) == 5
    assert [call.facts.operation for call in tape.calls] == ["openai.chat"] * 2


def test_urllib3(tape):
    urllib3 = pytest.importorskip("urllib3")

    assert urllib3.PoolManager().request("POST", CHAT, json=QUESTION).json() == completion("36")
    assert len(tape.calls) == 1


def test_urllib(tape):
    request = urllib.request.Request(
        CHAT, json.dumps(QUESTION).encode(), {"content-type": "application/json"}
    )

    assert json.load(urllib.request.urlopen(request)) == completion("36")
    assert tape.calls[0].body == QUESTION


async def test_aiohttp(tape):
    aiohttp = pytest.importorskip("aiohttp")
    async with aiohttp.ClientSession() as session, session.post(CHAT, json=QUESTION) as response:
        assert await response.json() == completion("36")
    assert tape.calls[0].body == QUESTION


def test_a_miss_passes_through_other_libraries(tmp_path):
    from grader.replay.miss import Miss

    requests = pytest.importorskip("requests")
    opened = use(cassette(tmp_path, step(1, QUESTION, completion("36")))).open()
    with pytest.raises(Miss) as caught:
        requests.post(CHAT, json={**QUESTION, "stream": True})
    opened.close(caught.value)


async def echo(scope, receive, send):
    """The smallest ASGI application."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"from the application"})


async def test_an_application_in_this_process_is_not_tapped(tape):
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=echo)) as client:
        assert (await client.get("http://app/")).text == "from the application"
    assert tape.calls == []


def test_starlettes_test_client_is_not_tapped(tape):
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    app = FastAPI()

    @app.get("/ask")
    async def ask_the_model():
        reply = await openai.AsyncOpenAI(api_key=KEY).chat.completions.create(**QUESTION)
        return reply.choices[0].message.content

    assert TestClient(app).get("/ask").json() == "36"
    assert [call.path for call in tape.calls] == ["/v1/chat/completions"]


def test_a_mocked_client_is_not_tapped(tape):
    mocked = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, text="mock")))

    assert mocked.get("https://api.openai.com/v1/models").text == "mock"
    assert tape.calls == []


def test_everything_is_put_back(tmp_path):
    before = httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request
    with use(cassette(tmp_path, step(1, QUESTION, completion("36")))):
        assert httpx2.HTTPTransport.handle_request is not before[0]

    assert (httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request) == before


def test_the_ledger_masks_keys(tape):
    openai.OpenAI(api_key="sk-very-secret").chat.completions.create(**QUESTION)

    assert "very-secret" not in repr(tape.calls[0]) + str(tape.calls[0].headers)


def test_clients_of_a_replay_share_one_tls_context(tape):
    """Reading the certificates costs more than a call; outside of a replay each client has its own."""
    import httpcore2

    inside = [httpcore2.default_ssl_context(), httpcore2.default_ssl_context()]
    assert inside[0] is inside[1]

    tape.close()
    assert httpcore2.default_ssl_context() is not inside[0]
