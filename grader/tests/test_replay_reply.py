"""A recorded reply reads the same whether it was streamed or not, and whichever vendor gave it."""

from __future__ import annotations

import json

import httpx2
import pytest

from grader.course import module
from grader.models import Usage, cost, model
from grader.replay.reply import Reply, usage_of
from grader.replay.sse import data_of, split_events
from grader.replay.tape import use
from grader.tests.replay_support import JSON, SSE, chunks, completion, message


def reply(body, headers=JSON, status=200):
    raw = body if isinstance(body, str) else json.dumps(body)
    return Reply(status, headers, raw.encode())


def named(*events):
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def starts(index, **block):
    return {"type": "content_block_start", "index": index, "content_block": block}


def grows(index, kind, **delta):
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **delta}}


CLAUDE = named(
    {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 5, "output_tokens": 1}}},
    starts(0, type="thinking", thinking=""),
    {"type": "ping"},
    grows(0, "thinking_delta", thinking="hm"),
    starts(1, type="text", text=""),
    grows(1, "text_delta", text="Thirty-"),
    grows(1, "text_delta", text="six"),
    starts(2, type="tool_use", id="t", name="f", input={}),
    grows(2, "input_json_delta", partial_json='{"a":'),
    grows(2, "input_json_delta", partial_json=" 1}"),
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
)


def test_text_is_what_the_assistant_said_in_both_forms_of_both_vendors():
    assert reply(completion("36")).text == "36"
    assert reply(chunks("3", "6"), SSE).text == "36"
    assert reply(message("36")).text == "36"
    assert reply(CLAUDE, SSE).text == "Thirty-six"


def test_text_of_a_raw_endpoint_is_its_text():
    assert reply({"text": "36"}).text == "36"
    assert reply({"text": ["36"]}).text == "36"
    assert reply("36", {"content-type": "text/plain"}).text == "36"


def test_json_is_none_for_a_stream_and_for_text():
    assert reply(completion("36")).json["object"] == "chat.completion"
    assert reply(chunks("36"), SSE).json is None
    assert reply("<h1>502</h1>", {"content-type": "text/html"}).json is None


@pytest.mark.parametrize("text", ['{"a": 1}', '```json\n{"a": 1}\n```', '```\n{"a": 1}```'])
def test_json_text_is_the_text_parsed_a_fence_allowed(text):
    assert reply(completion(text)).json_text() == {"a": 1}


def test_json_text_of_prose_is_an_error():
    with pytest.raises(ValueError):
        reply(completion("Sure! {")).json_text()


def test_events_are_the_parsed_data_and_the_end_marker_stays_text():
    events = reply(chunks("3"), SSE).events

    assert events[0]["choices"][0]["delta"]["content"] == "3"
    assert events[-1] == "[DONE]"


def test_usage_of_a_stream_comes_from_its_last_chunk():
    assert reply(chunks("3", "6"), SSE).usage == Usage(input_tokens=10, output_tokens=2)


def test_usage_of_a_named_stream_is_cumulative_not_added_up():
    assert reply(CLAUDE, SSE).usage == Usage(input_tokens=5, output_tokens=9)


def test_a_stream_cut_before_its_usage_reports_what_it_had():
    cut = "".join(split_events(CLAUDE)[:7])

    assert reply(cut, SSE).text == "Thirty-six"
    assert reply(cut, SSE).finish is None
    assert reply(cut, SSE).usage.output_tokens == 1


def test_anthropics_input_excludes_the_cache_and_ours_includes_it():
    cache = {"cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200}
    thought = {"output_tokens_details": {"thinking_tokens": 1}}
    reported = {"input_tokens": 10, "output_tokens": 2, **cache, **thought}

    assert usage_of(reported) == Usage(1210, 2, 1000, 200, 1)


def test_openais_input_includes_the_cache_already():
    reported = {"prompt_tokens": 1210, "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
                "completion_tokens_details": {"reasoning_tokens": 1}}  # fmt: skip

    assert usage_of(reported) == Usage(1210, 2, 1000, 200, 1)


def test_deepseek_reports_its_hits_beside_the_details():
    reported = {"prompt_tokens": 100, "completion_tokens": 2,
                "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}  # fmt: skip

    assert usage_of(reported) == Usage(100, 2, 64)


def test_the_responses_api_counts_inclusively():
    reported = {"input_tokens": 100, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 64}}

    assert usage_of(reported) == Usage(100, 2, 64)


@pytest.mark.parametrize("body", [{"error": {"message": "no"}}, {"input_tokens": 7}, {"data": []}])
def test_a_reply_without_usage_costs_no_tokens(body):
    assert reply(body).usage == Usage()


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
    ],
)
def test_finish_has_one_name_for_both_vendors(reason, finish):
    assert reply({**message("x"), "stop_reason": reason}).finish == finish


def test_finish_of_chat_is_kept():
    assert reply(completion("x")).finish == "stop"
    assert reply(chunks("x", finish="length"), SSE).finish == "length"


def test_tool_calls_are_parsed_in_all_forms():
    asked = {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    whole = completion("")
    whole["choices"][0]["message"]["tool_calls"] = [asked]
    pieces = [{"index": 0, **asked, "function": {"name": "f", "arguments": '{"a"'}},
              {"index": 0, "function": {"arguments": ": 1}"}}]  # fmt: skip
    deltas = ({"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces)
    deltas = ({"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces)
    streamed = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas)

    expected = [{"id": "t", "name": "f", "arguments": {"a": 1}}]
    assert (
        reply(whole).tool_calls
        == reply(streamed, SSE).tool_calls
        == reply(CLAUDE, SSE).tool_calls
        == expected
    )


def test_an_error_inside_a_stream_is_in_the_message():
    failed = named({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})

    assert reply(failed, SSE).message["error"]["type"] == "overloaded_error"


def test_events_split_at_blank_lines_with_either_line_ending():
    assert [data_of(event) for event in split_events("data: a\r\n\r\ndata: b\ndata: c\n\n: ping\n\n")] == [
        "a",
        "b\nc",
        "",
    ]


@pytest.mark.parametrize("vendor", ["anthropic", "openai"])
def test_the_results_of_a_batch_cost_half_of_what_their_replies_cost(vendor):
    """Each line is a reply with a model and tokens of its own; a line that failed costs nothing."""
    name = model("fast", vendor)
    made = {
        "anthropic": [{"result": {"type": "succeeded", "message": {**message("4"), "model": name}}},
                      {"result": {"type": "errored", "error": {"type": "error"}}}],
        "openai": [{"response": {"body": {**completion("4"), "model": name}}, "error": None},
                   {"response": None, "error": {"code": "batch_expired"}}],
    }[vendor]  # fmt: skip
    alone = reply(message("4") if vendor == "anthropic" else completion("4"))
    named_lines = ({"custom_id": f"{at}", **line} for at, line in enumerate([made[0], *made]))
    lines = "".join(json.dumps(line) + "\n" for line in named_lines)

    results = reply(lines, {"content-type": "application/octet-stream"})

    assert results.usage == alone.usage + alone.usage
    assert results.model == name
    assert results.dollars(None) == cost(alone.usage, name, batch=True) * 2
    assert 0 < results.dollars(None) < alone.dollars(name) * 2


def test_results_that_are_read_twice_are_paid_once():
    """The bill of a tape holds each batch once, however often its results are fetched."""
    path = module("02_adapters").cassette("usage_batch")
    with use(path) as tape:
        for step in [*tape.steps]:
            httpx2.request(step.request["method"], step.request["url"], json=step.request.get("body"))
        once = tape.usage, tape.cost
        tape.calls.append(tape.calls[-1])

    assert (tape.usage, tape.cost) == once
    assert once[0].output_tokens > 0
    assert once[1] > 0
