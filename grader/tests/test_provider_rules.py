"""What the stand-in refuses, as the vendors do: parameters, models, keys, messages, tools."""

from __future__ import annotations

import json

import anthropic
import httpx2
import openai
import pytest
from pydantic import BaseModel

from grader.models import model
from grader.provider.serve import running
from grader.tests.provider_support import ask, ask_claude, chatter, claude, library

SCRIPT = """
plain:
  title: Anything
  match: [hello]
  turns: [{say: fine, endless: false}]
""".replace(", endless: false", "")
STRICT = """
  title: A strict schema
  turns:
    - {say: {name: Ada}, when: {says: [good]}}
    - {say: {nom: Ada}, when: {says: [bad]}}
    - {say: '{"name": "A', finish: length, when: {says: [short]}}
"""
LOOSE = """
  title: A server that takes a strict schema and does not keep it
  loose: true
  turns: [{say: {nom: Ada}}]
"""
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
CLAUDE_TOOL = {"name": "add", "input_schema": {"type": "object"}}
LEARNER_MODEL = model("fast")


class Person(BaseModel):
    name: str


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    script = f"{SCRIPT}\nstrict:{STRICT}\nloose:{LOOSE}"
    with running(library=library(tmp_path_factory.mktemp("course"), script)) as base:
        yield base


@pytest.mark.parametrize(
    ("options", "param", "code"),
    [
        ({"temperature": 0}, "temperature", "unsupported_value"),
        ({"top_p": 0.5}, "top_p", "unsupported_value"),
        ({"max_tokens": 10}, "max_tokens", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "messages", None),
        ({"tools": [TOOL]}, "reasoning_effort", "unsupported_value"),
        (
            {"tools": [CLAUDE_TOOL], "reasoning_effort": "none"},
            "tools[0].function",
            "missing_required_parameter",
        ),
        ({"max_completion_tokens": 0}, "max_completion_tokens", "invalid_value"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "invalid_type"),
        ({"messages": []}, "messages", "missing_required_parameter"),
        (
            {
                "messages": [
                    {"role": "user", "content": "x"},
                    {"role": "tool", "content": "x", "tool_call_id": "1"},
                ]
            },
            "messages[1].role",
            None,
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_openai_refuses(url, options, param, code):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(chatter(url, "plain"), **options)

    assert (caught.value.param, caught.value.code, caught.value.type) == (
        param,
        code,
        "invalid_request_error",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 1},
        {"max_completion_tokens": 10},
        {"tools": [TOOL], "reasoning_effort": "none"},
        {"model": "gpt-4o-mini", "temperature": 0, "max_tokens": 5, "logprobs": True, "top_logprobs": 2},
        {"model": model("fast", "deepseek"), "temperature": 0.3, "max_tokens": 5},
        {"messages": [{"role": "user", "content": "as JSON"}], "response_format": {"type": "json_object"}},
    ],
    ids=lambda options: "-".join(options),
)
def test_openai_accepts(url, options):
    assert ask(chatter(url, "plain"), **options).choices[0].message.content == "fine"


def test_a_call_without_its_result_is_refused(url):
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    messages = [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [call]}]

    with pytest.raises(openai.BadRequestError, match="did not have response messages: c1"):
        ask(chatter(url, "plain"), [*messages, {"role": "user", "content": "y"}])
    with pytest.raises(openai.BadRequestError, match="did not have response messages: c1"):
        ask(chatter(url, "plain"), messages)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"extra_body": {"temperature": 1}}, "temperature: Extra inputs"),
        ({"extra_body": {"top_k": 5}}, "top_k: Extra inputs"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]}, "prefill"),
        ({"messages": [{"role": "system", "content": "x"}]}, "top-level `system`"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
        (
            {"messages": [{"role": "assistant", "content": "x"}, {"role": "user", "content": "y"}]},
            "first message",
        ),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "budget_tokens"),
        ({"tools": [TOOL]}, "tools.0.name"),
        ({"extra_body": {"max_tokens": None}}, "max_tokens: Field required"),
        (
            {"model": model("smart", "anthropic"), "tools": [CLAUDE_TOOL], "tool_choice": {"type": "any"}},
            "tool_choice",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1"}]}]},
            "unexpected `tool_use_id`",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_anthropic_refuses(url, options, words):
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask_claude(claude(url, "plain"), **options)

    assert words in caught.value.body["error"]["message"]
    assert caught.value.type == "invalid_request_error"


def test_the_old_version_takes_sampling_parameters_at_their_defaults(url):
    client = claude(url, "plain", {"anthropic-version": "2023-06-01"})

    assert ask_claude(client, extra_body={"temperature": 1}).content[0].text == "fine"
    with pytest.raises(anthropic.BadRequestError, match="no value but the default"):
        ask_claude(client, extra_body={"temperature": 0.2})


def test_count_tokens_refuses_sampling_too(url):
    client = claude(url, "plain")
    asked = {"model": model("fast", "anthropic"), "messages": [{"role": "user", "content": "hello"}]}

    assert client.messages.count_tokens(**asked).input_tokens == ask_claude(client).usage.input_tokens
    with pytest.raises(anthropic.BadRequestError):
        client.messages.count_tokens(**asked, extra_body={"temperature": 1})


def test_an_unknown_model_is_not_found(url):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(chatter(url), model="gpt-9")
    assert caught.value.code == "model_not_found"

    with pytest.raises(anthropic.NotFoundError) as caught:
        ask_claude(claude(url), model=LEARNER_MODEL)
    assert caught.value.type == "not_found_error"


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/chat/completions", "/v1/messages", "/v1/embeddings"]
)
def test_a_request_without_a_key_is_refused(url, path):
    reply = httpx2.post(url + path, json={}, headers={"anthropic-version": "2026-10-21"})

    assert reply.status_code == 401
    assert reply.headers["x-stand-in"] == "stateless"


@pytest.mark.parametrize("auth", [{"x-api-key": "k"}, {"authorization": "Bearer k"}])
@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
def test_anthropic_takes_both_keys_and_both_versions(url, auth, version):
    body = {
        "model": model("fast", "anthropic"),
        "max_tokens": 5,
        "messages": [{"role": "user", "content": "hello"}],
    }

    reply = httpx2.post(f"{url}/v1/messages", json=body, headers={**auth, "anthropic-version": version})

    assert reply.status_code == 200
    assert reply.headers["request-id"].startswith("req_")


def test_deepseek_is_spoken_without_a_version_in_the_path(url):
    client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)

    usage = ask(client, model=model("fast", "deepseek")).usage

    assert usage.prompt_cache_hit_tokens + usage.prompt_cache_miss_tokens == usage.prompt_tokens


def test_an_unspoken_path_says_so(url):
    with pytest.raises(openai.NotFoundError, match="POST /v1/responses is not spoken here"):
        chatter(url).responses.create(model=model("fast"), input="x")


def test_a_strict_schema_is_kept_or_the_script_is_wrong(url):
    client = chatter(url, "strict")
    good = client.chat.completions.parse(
        model=model("fast"), messages=[{"role": "user", "content": "good"}], response_format=Person
    )
    message = claude(url, "strict").messages.parse(
        model=model("fast", "anthropic"),
        max_tokens=99,
        messages=[{"role": "user", "content": "good"}],
        output_format=Person,
    )

    assert good.choices[0].message.parsed == message.parsed_output == Person(name="Ada")
    with pytest.raises(openai.BadRequestError, match=r"04_cot/strict: reply has no 'name'"):
        client.chat.completions.parse(
            model=model("fast"), messages=[{"role": "user", "content": "bad"}], response_format=Person
        )
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model=model("fast"), messages=[{"role": "user", "content": "short"}], response_format=Person
        )


def test_a_loose_server_breaks_its_promise(url):
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"],
              "additionalProperties": False}  # fmt: skip
    wanted = {"type": "json_schema", "json_schema": {"name": "Person", "strict": True, "schema": schema}}

    reply = ask(chatter(url, "loose"), "hello", response_format=wanted)

    assert json.loads(reply.choices[0].message.content) == {"nom": "Ada"}


def test_an_open_schema_is_refused_when_strict(url):
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "Person", "strict": True, "schema": schema}}

    with pytest.raises(openai.BadRequestError, match="'additionalProperties' is required"):
        ask(chatter(url, "strict"), "good", response_format=wanted)


def test_the_honest_line_fits_every_form(url):
    parsed = chatter(url).chat.completions.parse(
        model=model("fast"), messages=[{"role": "user", "content": "?"}], response_format=Person
    )
    forced = ask(
        chatter(url),
        "?",
        tools=[TOOL],
        reasoning_effort="none",
        tool_choice={"type": "function", "function": {"name": "add"}},
    )

    assert "not a language model" in parsed.choices[0].message.parsed.name
    assert "not a language model" in forced.choices[0].message.tool_calls[0].function.arguments
