"""Embeddings, files, batches, models, raw prompts: the rest of what the stand-in speaks."""

from __future__ import annotations

import base64
import json
import math
import struct

import anthropic
import httpx2
import openai
import pytest

from grader.models import model
from grader.provider.serve import running
from grader.tests.provider_support import chatter, claude, library

SCRIPT = """
plain:
  title: Anything
  turns: [{say: fine}]
mixed:
  title: A batch with losses
  batch: {polls: 2, errored: [b], expired: [c], canceled: [d]}
  turns:
    - {say: [first, other], when: {says: [one]}}
    - {say: rest}
failing:
  title: A batch that fails
  batch: {fails: true}
  turns: [{say: fine}]
limited:
  title: Embeddings under a limit
  turns:
    - {first: {error: 429, retry_after: 3}, when: {operation: openai.embeddings}}
raw:
  title: A raw prompt
  turns: [{say: "one two<|eot_id|> three"}, {error: 503}]
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with running(library=library(tmp_path_factory.mktemp("course"), SCRIPT)) as base:
        yield base


def embedded(client, texts, **options):
    reply = client.embeddings.create(model="text-embedding-3-small", input=texts, **options)
    return [entry.embedding for entry in reply.data]


def dot(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


def test_similar_texts_have_near_vectors(url):
    client = chatter(url)
    lease, rent, cake = embedded(
        client, ["lease of an office", "office lease agreement", "chocolate cake recipe"]
    )

    assert dot(lease, rent) > 0.3 > 0.2 > dot(lease, cake)
    assert math.isclose(dot(lease, lease), 1, abs_tol=1e-5)
    assert len(lease) == 1536
    assert min(lease) < 0 < max(lease)
    assert embedded(client, "lease of an office") == [lease]


def test_base64_and_numbers_are_the_same_vector(url):
    body = {"model": "text-embedding-3-small", "input": "x y", "dimensions": 8}
    sent = {"authorization": "Bearer k"}
    wires = [
        httpx2.post(f"{url}/v1/embeddings", json={**body, "encoding_format": form}, headers=sent).json()
        for form in ("float", "base64")
    ]
    numbers, text = (wire["data"][0]["embedding"] for wire in wires)

    assert struct.unpack("<8f", base64.b64decode(text)) == pytest.approx(numbers, abs=1e-6)
    assert wires[0]["usage"]["prompt_tokens"] == wires[0]["usage"]["total_tokens"] == 2


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"input": ""}, openai.BadRequestError),
        ({"input": ["x"] * 2049}, openai.BadRequestError),
        ({"input": "word " * 8200}, openai.BadRequestError),
        ({"input": "x", "dimensions": 1537}, openai.BadRequestError),
        ({"input": "x", "model": model("fast")}, openai.NotFoundError),
    ],
    ids=["empty", "many", "long", "dimensions", "model"],
)
def test_embeddings_have_limits(url, options, error):
    with pytest.raises(error):
        chatter(url).embeddings.create(**{"model": "text-embedding-3-small", **options})


def test_a_script_can_fail_an_embedding_once(url):
    client = chatter(url, "limited")
    with pytest.raises(openai.RateLimitError) as caught:
        embedded(client, "x")

    assert caught.value.response.headers["retry-after"] == "3"
    assert len(embedded(client, "x")) == 1


def line(name, content="hello", **more):
    body = {"model": model("fast"), "messages": [{"role": "user", "content": content}], **more}
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


def submitted(client, lines):
    data = "\n".join(text if isinstance(text, str) else json.dumps(text) for text in lines).encode()
    file = client.files.create(file=("in.jsonl", data), purpose="batch")
    assert client.files.content(file.id).read() == data
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"k": "v"}
    )


def rows(client, file_id):
    return {row["custom_id"]: row for row in map(json.loads, client.files.content(file_id).text.splitlines())}


def test_an_openai_batch_goes_through_its_states(url):
    client = chatter(url, "mixed")
    batch = submitted(client, [line("a", "one"), line("b"), line("c"), line("e"), line("f", temperature=0)])
    states = [batch.status] + [(batch := client.batches.retrieve(batch.id)).status for _ in range(3)]
    good, bad = rows(client, batch.output_file_id), rows(client, batch.error_file_id)

    assert states == ["validating", "in_progress", "finalizing", "expired"]
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (
        5,
        2,
        3,
    )
    assert set(good) == {"a", "e"}
    assert good["a"]["response"]["body"]["choices"][0]["message"]["content"] == "first"
    assert good["a"]["response"]["body"]["usage"]["total_tokens"] > 0
    assert bad["b"]["response"]["status_code"] == 500
    assert bad["c"]["error"]["code"] == "batch_expired"
    assert bad["f"]["response"]["body"]["error"]["code"] == "unsupported_value"


def test_an_openai_batch_that_goes_well_completes(url):
    client, names = chatter(url, "plain"), list("abcdef")
    batch = submitted(client, [line(name) for name in names])
    states = [(batch := client.batches.retrieve(batch.id)).status for _ in range(2)]

    assert states == ["in_progress", "completed"]
    assert batch.error_file_id is None
    assert list(rows(client, batch.output_file_id)) != names
    assert set(rows(client, batch.output_file_id)) == set(names)
    assert batch.metadata == {"k": "v"}
    assert client.batches.list().data[0].id == batch.id


@pytest.mark.parametrize(
    ("scenario", "lines", "code"),
    [
        ("plain", ["{"], "invalid_json_line"),
        ("plain", [line("a"), line("a")], "duplicate_custom_id"),
        ("plain", [{**line("a"), "url": "/v1/embeddings"}], "mismatched_endpoint"),
        ("plain", [""], "empty_file"),
        ("failing", [line("a")], "token_limit_exceeded"),
    ],
)
def test_a_batch_fails_with_a_reason(url, scenario, lines, code):
    client = chatter(url, scenario)
    batch = submitted(client, lines)
    for _ in range(3):
        batch = client.batches.retrieve(batch.id)

    assert (batch.status, batch.errors.data[0].code, batch.output_file_id) == ("failed", code, None)


def test_an_openai_batch_can_be_cancelled(url):
    client = chatter(url, "mixed")
    batch = submitted(client, [line(str(n)) for n in range(6)])
    client.batches.retrieve(batch.id)

    assert client.batches.cancel(batch.id).status == "cancelling"
    done = client.batches.retrieve(batch.id)
    assert (done.status, done.request_counts.completed) == ("cancelled", 2)
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


def item(name, content="hello", **more):
    params = {"model": model("fast", "anthropic"), "max_tokens": 50, **more}
    return {"custom_id": name, "params": {**params, "messages": [{"role": "user", "content": content}]}}


def test_an_anthropic_batch_counts_only_at_its_end(url):
    client = claude(url, "mixed")
    batch = client.messages.batches.create(requests=[item(n, "one" if n == "a" else "x") for n in "abcd"])
    with pytest.raises(anthropic.AnthropicError):
        client.messages.batches.results(batch.id)  # the SDK asks for the status first
    polled = [client.messages.batches.retrieve(batch.id) for _ in range(2)]
    results = {row.custom_id: row.result for row in client.messages.batches.results(batch.id)}

    assert [p.processing_status for p in polled] == ["in_progress", "ended"]
    assert [p.request_counts.processing for p in polled] == [4, 0]
    assert polled[0].request_counts.succeeded == 0
    assert polled[0].results_url is None
    assert polled[1].results_url.startswith(url)
    assert {name: result.type for name, result in results.items()} == {
        "a": "succeeded",
        "b": "errored",
        "c": "expired",
        "d": "canceled",
    }
    assert results["a"].message.content[0].text == "first"
    assert results["b"].error.error.type == "api_error"


def test_bad_parameters_show_in_the_results_only(url):
    client = claude(url, "plain")
    request = item("a")
    request["params"]["temperature"] = 1
    batch = client.messages.batches.create(requests=[request])
    for _ in range(2):
        client.messages.batches.retrieve(batch.id)

    (row,) = client.messages.batches.results(batch.id)
    assert row.result.error.error.type == "invalid_request_error"


def test_an_anthropic_batch_can_be_canceled_and_deleted(url):
    client = claude(url, "mixed")
    batch = client.messages.batches.create(requests=[item(f"n{i}") for i in range(6)])
    client.messages.batches.retrieve(batch.id)

    assert client.messages.batches.cancel(batch.id).processing_status == "canceling"
    done = client.messages.batches.retrieve(batch.id)
    assert (done.processing_status, done.request_counts.canceled) == ("ended", 4)
    assert client.messages.batches.delete(batch.id).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve(batch.id)


@pytest.mark.parametrize(
    "requests", [[], [item("a"), item("a")], [item("no spaces")]], ids=["none", "twice", "name"]
)
def test_an_anthropic_batch_needs_good_names(url, requests):
    with pytest.raises(anthropic.BadRequestError):
        claude(url).messages.batches.create(requests=requests)


def test_models_are_listed_for_the_client_that_asks(url):
    theirs = {entry.id for entry in chatter(url).models.list()}
    ours = {entry.id for entry in claude(url).models.list()}

    assert model("fast") in theirs
    assert model("fast", "anthropic") in ours
    assert theirs.isdisjoint(ours)
    assert chatter(url).models.retrieve(model("fast")).owned_by == "stand-in"
    with pytest.raises(openai.NotFoundError):
        chatter(url).models.retrieve("gpt-9")


def test_a_raw_prompt_is_answered_up_to_its_stop(url):
    sent = {"x-stand-in-scenario": "04_cot/raw"}
    body = {"prompt": "Say something", "max_tokens": 50, "stop": "<|eot_id|>"}
    reply = httpx2.post(f"{url}/generate", json=body, headers=sent).json()
    short = httpx2.post(f"{url}/generate", json={**body, "max_tokens": 1}, headers=sent).json()
    opened = "<|start_header_id|>{}<|end_header_id|>x<|eot_id|>"
    prompt = opened.format("user") + opened.format("assistant")
    failed = httpx2.post(f"{url}/generate", json={"prompt": prompt}, headers=sent)

    assert (reply["generated_text"], reply["finish_reason"], reply["system_fingerprint"]) == (
        "one two",
        "stop",
        "stand-in",
    )
    assert reply["usage"]["total_tokens"] == 4
    assert (short["generated_text"], short["finish_reason"]) == ("one", "length")
    assert failed.status_code == 503


def test_a_raw_prompt_must_be_text(url):
    assert httpx2.post(f"{url}/generate", json={"prompt": ["x"]}).status_code == 400


def test_the_front_page_says_what_this_is(url):
    page = httpx2.get(url).json()

    assert "not from a model" in page["stand-in"]
    assert page["openai"] == f"{url}/v1"
