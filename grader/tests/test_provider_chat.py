"""The stand-in's conversations, asked by the vendors' own SDKs over real HTTP."""

from __future__ import annotations

import json
import time

import anthropic
import httpx2
import openai
import pytest

from grader.models import model
from grader.provider.serve import running
from grader.tests.provider_support import ask, ask_claude, chatter, claude, headers, library

SCRIPT = """
percent:
  title: What is 15% of 240
  match: ["15%", "240"]
  turns:
    - say: [{step: analyze}, {step: look}]
    - say: ["It is 36, no doubt.", "Thirty-six, no doubt."]
limited:
  title: A rate limit first
  turns:
    - say: fine
      name: fine_step
      first: {error: 429, retry_after: 0.01}
tools:
  title: A calculator
  turns:
    - tool_calls: [{name: calculate, arguments: {expression: 240 * 0.15}}]
    - say: It is 36.
faults:
  title: What goes wrong
  turns:
    - {say: one two three four five, cut: 3, when: {says: [cut]}}
    - {say: one two three four five, cut: 0, when: {says: [nothing]}}
    - {say: one two three four five, cut: 3, quiet: true, when: {says: [fade]}}
    - {say: one two three four five, error: 529, after: 2, when: {says: [break]}}
    - {hang: true, when: {says: [silence]}}
    - {error: 500, when: {says: [fail]}}
    - {content_type: text/html, when: {says: [page]}}
votes:
  title: Three voters
  turns:
    - samples: [A, {say: B, confidence: 0.5, alternatives: {A: 0.3}}, {error: 500}]
      when: {provider: deepseek}
    - samples: [A, {say: B, confidence: 0.5, alternatives: {A: 0.3}}, {error: 500}]
calls:
  title: Counted by calls
  by: calls
  turns: [{say: first}, {say: second}]
slow:
  title: Slow words
  turns: [{say: "{\\"a\\": 1} {\\"b\\": 2}", delay: 0.2, chunk: 0.05, chunk_size: [3, 100]}]
thought:
  title: A thought first
  turns: [{say: done, thinking: let me see}]
"""
QUESTION = [{"role": "user", "content": "What is 15% of 240?"}]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with running(library=library(tmp_path_factory.mktemp("course"), SCRIPT)) as base:
        yield base


def test_turn_is_the_number_of_assistant_messages(url):
    client = chatter(url, "percent")

    first = ask(client, QUESTION)
    second = ask(client, [*QUESTION, {"role": "assistant", "content": "x"}, *QUESTION])

    assert json.loads(first.choices[0].message.content) == {"step": "analyze"}
    assert second.choices[0].message.content == "It is 36, no doubt."


def test_the_voice_header_changes_the_words(url):
    reply = ask(chatter(url, "percent", sent={"x-stand-in-voice": "2"}), QUESTION)

    assert json.loads(reply.choices[0].message.content) == {"step": "look"}


def test_no_reply_can_be_mistaken_for_a_vendors(url):
    raw = chatter(url, "percent").chat.completions.with_raw_response.create(
        model=model("fast"), messages=QUESTION
    )
    reply = raw.parse()

    assert raw.headers["x-stand-in"] == "stateless"
    assert raw.headers["x-request-id"].startswith("req_standin")
    assert (reply.system_fingerprint, reply.model) == ("stand-in", model("fast"))


def test_a_named_turn_names_its_step(url):
    raw = chatter(url, "limited", {"x-stand-in-run": "named"}, retries=1)

    reply = raw.chat.completions.with_raw_response.create(model=model("fast"), messages=QUESTION)

    assert reply.headers["x-stand-in-step"] == "fine_step"


def test_streamed_words_and_usage_equal_the_unstreamed_ones(url):
    client = chatter(url, "percent")
    whole = ask(client, QUESTION)

    chunks = list(ask(client, QUESTION, stream=True, stream_options={"include_usage": True}))

    assert (
        "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        == whole.choices[0].message.content
    )
    assert [c.usage for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert chunks[-2].choices[0].finish_reason == "stop"


def raw_stream(url, **options):
    body = {"model": model("fast"), "messages": QUESTION, "stream": True, **options}
    text = httpx2.post(
        f"{url}/v1/chat/completions", json=body, headers={**headers("percent"), "authorization": "Bearer k"}
    ).text
    *data, done, end = text.split("\n\n")
    assert (done, end) == ("data: [DONE]", "")
    return [json.loads(line.removeprefix("data: ")) for line in data]


def test_usage_comes_only_when_asked_for(url):
    quiet, asked = raw_stream(url), raw_stream(url, stream_options={"include_usage": True})

    assert not any("usage" in chunk for chunk in quiet)
    assert [chunk["usage"] for chunk in asked[:-1]] == [None] * len(quiet)
    assert {chunk["object"] for chunk in asked} == {"chat.completion.chunk"}


def test_usage_adds_up(url):
    usage = ask(chatter(url, "percent"), QUESTION).usage

    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens > 0 < usage.completion_tokens
    assert usage.prompt_tokens_details.cached_tokens == 0
    assert usage.completion_tokens_details.reasoning_tokens == 0


def test_anthropic_says_the_same_words_streamed_or_not(url):
    client = claude(url, "percent")
    whole = ask_claude(client, QUESTION)

    with client.messages.stream(
        model=model("fast", "anthropic"), max_tokens=100, messages=QUESTION
    ) as stream:
        final = stream.get_final_message()

    assert whole.content[0].text == final.content[0].text == '{"step": "analyze"}'
    assert whole.usage.output_tokens == final.usage.output_tokens > 0
    assert final.stop_reason == "end_turn"


def test_anthropic_events_are_named_and_include_a_ping(url):
    body = {"model": model("fast", "anthropic"), "max_tokens": 9, "messages": QUESTION, "stream": True}
    sent = {**headers("percent"), "x-api-key": "k", "anthropic-version": "2023-06-01"}

    text = httpx2.post(f"{url}/v1/messages", json=body, headers=sent).text

    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert "[DONE]" not in text


def test_a_first_fault_is_served_once_per_run(url):
    for run in ("a", "b"):
        client = chatter(url, "limited", sent={"x-stand-in-run": run})
        with pytest.raises(openai.RateLimitError) as caught:
            ask(client)
        assert caught.value.response.headers["retry-after"] == "0.01"
        assert ask(client).choices[0].message.content == "fine"


def test_an_sdk_that_retries_gets_past_a_first_fault(url):
    reply = ask(chatter(url, "limited", sent={"x-stand-in-run": "retry"}, retries=2))

    assert reply.choices[0].message.content == "fine"


OPENAI_TOOL = {"type": "function", "function": {"name": "calculate", "parameters": {"type": "object"}}}


def test_openai_tool_calls_stream_and_end_with_a_result(url):
    client, extra = chatter(url, "tools"), {"tools": [OPENAI_TOOL], "reasoning_effort": "none"}
    reply = ask(client, **extra).choices[0]
    call = reply.message.tool_calls[0]
    streamed = [c.choices[0].delta for c in ask(client, stream=True, **extra) if c.choices]
    written = "".join(d.tool_calls[0].function.arguments for d in streamed if d.tool_calls)
    said = {"role": "assistant", "tool_calls": [call.model_dump()]}
    result = {"role": "tool", "tool_call_id": call.id, "content": "36"}

    after = ask(client, [{"role": "user", "content": "go"}, said, result], **extra)

    assert reply.finish_reason == "tool_calls"
    assert json.loads(call.function.arguments) == json.loads(written) == {"expression": "240 * 0.15"}
    assert after.choices[0].message.content == "It is 36."


def test_anthropic_tool_calls_stream_and_end_with_a_result(url):
    client = claude(url, "tools")
    tools = [{"name": "calculate", "input_schema": {"type": "object"}}]
    reply = ask_claude(client, tools=tools)
    with client.messages.stream(
        model=reply.model, max_tokens=99, messages=[{"role": "user", "content": "go"}], tools=tools
    ) as stream:
        streamed = stream.get_final_message()
    result = {"type": "tool_result", "tool_use_id": reply.content[0].id, "content": "36"}
    history = [{"role": "user", "content": "go"}, {"role": "assistant", "content": reply.content}]

    after = ask_claude(client, [*history, {"role": "user", "content": [result]}], tools=tools)

    assert reply.stop_reason == streamed.stop_reason == "tool_use"
    assert reply.content[0].input == streamed.content[0].input == {"expression": "240 * 0.15"}
    assert after.content[0].text == "It is 36."


@pytest.mark.parametrize(("question", "said"), [("cut", "one two three"), ("nothing", "")])
def test_a_cut_stream_breaks_after_its_chunks(url, question, said):
    parts, stream = [], ask(chatter(url, "faults"), question, stream=True)
    with pytest.raises(httpx2.RemoteProtocolError):
        parts.extend(chunk.choices[0].delta.content or "" for chunk in stream)

    assert "".join(parts) == said


def test_a_quiet_cut_ends_without_a_finish_reason(url):
    chunks = list(ask(chatter(url, "faults"), "fade", stream=True))

    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "one two three"
    assert {c.choices[0].finish_reason for c in chunks} == {None}


@pytest.mark.parametrize("question", ["cut", "nothing"])
def test_an_unstreamed_reply_is_cut_in_its_body(url, question):
    with pytest.raises(openai.APIConnectionError):
        ask(chatter(url, "faults"), question)


def test_an_error_comes_in_the_middle_of_a_stream(url):
    with pytest.raises(openai.APIError) as caught:
        list(ask(chatter(url, "faults"), "break", stream=True))
    assert not isinstance(caught.value, openai.APIStatusError)

    with pytest.raises(anthropic.APIStatusError) as caught:
        list(ask_claude(claude(url, "faults"), "break", stream=True))
    assert (caught.value.status_code, caught.value.type) == (200, "overloaded_error")


def test_silence_becomes_the_clients_timeout(url):
    with pytest.raises(openai.APITimeoutError):
        ask(chatter(url, "faults", timeout=0.2), "silence")


def test_scripted_errors_have_the_vendors_shape(url):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(chatter(url, "faults"), "fail")
    assert caught.value.type == "server_error"

    with pytest.raises(anthropic.InternalServerError) as caught:
        ask_claude(claude(url, "faults"), "fail")
    assert caught.value.type == "api_error"
    assert caught.value.request_id == caught.value.body["request_id"]


def test_a_reply_can_be_a_web_page(url):
    assert "502" in ask(chatter(url, "faults"), "page")


def test_samples_follow_the_temperature(url):
    client = chatter(url, "votes")
    options = {"model": model("fast", "deepseek")}

    drawn = [ask(client, **options).choices[0].message.content for _ in range(2)]
    with pytest.raises(openai.InternalServerError):
        ask(client, **options)
    fixed = [ask(client, temperature=0, **options).choices[0].message.content for _ in range(2)]

    assert (drawn, fixed) == (["A", "B"], ["A", "A"])


def test_calls_are_counted_per_run(url):
    for run in ("x", "y"):
        client = chatter(url, "calls", sent={"x-stand-in-run": run})
        said = [ask(client).choices[0].message.content for _ in range(3)]
        assert said[:2] == ["first", "second"]
        assert "stand-in" in said[2]


def test_delays_come_before_the_headers_and_between_chunks(url):
    client, started = chatter(url, "slow"), time.perf_counter()
    stream = ask(client, stream=True)
    opened = time.perf_counter() - started
    parts = [c.choices[0].delta.content for c in stream if c.choices[0].delta.content]
    ended = time.perf_counter() - started

    assert parts == ['{"a', '": 1} {"b": 2}']
    assert opened >= 0.2
    assert ended - opened >= 0.04


def test_thinking_comes_first_and_is_paid(url):
    reply = ask_claude(claude(url, "thought"), model=model("smart", "anthropic"))
    other = ask(chatter(url, "thought"), model=model("fast", "deepseek"))

    assert [block.type for block in reply.content] == ["thinking", "text"]
    assert reply.usage.output_tokens > reply.usage.output_tokens_details.thinking_tokens > 0
    assert other.choices[0].message.reasoning_content == "let me see"
    assert other.usage.completion_tokens_details.reasoning_tokens == 3


def test_an_unknown_scenario_is_named_with_those_there_are(url):
    with pytest.raises(openai.BadRequestError, match="percent, limited"):
        ask(chatter(url, "nothing"))


def test_the_playground_finds_the_question(url):
    assert "analyze" in ask(chatter(url), "How much is 15% of 240?").choices[0].message.content


def test_the_playground_admits_what_it_has_no_words_for(url):
    said = ask(chatter(url), "Who are you?").choices[0].message.content
    as_json = ask(chatter(url), "Who are you? json", response_format={"type": "json_object"})

    assert "not a language model" in said
    assert "What is 15% of 240" in said
    assert "not a language model" in json.loads(as_json.choices[0].message.content)["stand_in"]
