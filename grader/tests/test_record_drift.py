"""Drift: our requests, the provider's shapes and the words are told apart, and only shapes are alarming."""

from __future__ import annotations

import argparse
from datetime import date

import pytest
import yaml

from grader.record import drift
from grader.record.drift import compare, retiring
from grader.record.takes import Source
from grader.replay.cassette import parse
from grader.tests.prove_support import put, recorded

CHUNK = 'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n'


def cassette(*replies, model="gpt-6-luna"):
    steps = [
        {
            "step": number,
            "request": {"method": "POST", "url": "https://api.openai.com/v1/chat/completions",
                        "body": {"model": model, "messages": [{"role": "user", "content": "Hello"}]}},
            "response": reply,
        }
        for number, reply in enumerate(replies, 1)
    ]  # fmt: skip
    return parse(yaml.safe_dump({"cassette": 1, "title": "t", "source": "stand-in", "steps": steps}))


def reply(text="Hi.", status=200, **more):
    body = {"object": "chat.completion", "choices": [{"message": {"content": text, "refusal": None}}], **more}
    return {"status": status, "headers": {"content-type": "application/json"}, "body": body}


def streamed(*pieces):
    return {"status": 200, "headers": {"content-type": "text/event-stream"},
            "sse": "".join(CHUNK % piece for piece in pieces) + "data: [DONE]\n\n"}  # fmt: skip


def test_the_same_recording_has_not_drifted():
    assert not compare("x", cassette(reply()), cassette(reply()))


def test_other_words_are_only_words():
    found = compare("x", cassette(reply("Hi.")), cassette(reply("Hello there.")))

    assert (found.requests, found.shapes) == ([], [])
    assert found.texts == ['step 1: "Hi." -> "Hello there."']


def test_more_pieces_of_a_stream_are_no_drift_of_shape():
    found = compare("x", cassette(streamed("Hi", ".")), cassette(streamed("H", "i", ".")))

    assert not found


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (reply(usage={"total": 3}), "step 1: usage.total (int) is new"),
        (reply(status=201), "step 1: status was 200, is 201"),
        ({**reply(), "headers": {"content-type": "text/plain"}}, "step 1: content-type was application/json"),
        (streamed("Hi."), "is gone"),
        (reply(service_tier="default"), "step 1: service_tier was int, is str"),
    ],
    ids=["new field", "status", "content type", "stream", "type"],
)
def test_another_shape_is_named(new, said):
    old = reply(service_tier=1) if "service_tier" in said else reply()

    assert any(
        said in line or line.startswith(said) for line in compare("x", cassette(old), cassette(new)).shapes
    )


def test_a_field_that_was_null_may_hold_something():
    new = reply()
    new["body"]["choices"][0]["message"]["refusal"] = "No."

    assert compare("x", cassette(reply()), cassette(new)).shapes == []


def test_a_new_kind_of_event_is_a_new_shape():
    extra = streamed("Hi.")
    extra["sse"] = 'data: {"object": "ping", "type": "ping"}\n\n' + extra["sse"]

    found = compare("x", cassette(streamed("Hi.")), cassette(extra))

    assert any("event ping" in line and "is new" in line for line in found.shapes)


def test_what_our_own_code_sends_is_told_apart():
    found = compare("x", cassette(reply()), cassette(reply(), model="gpt-6.1-terra"))

    assert found.shapes == []
    assert "step 1: tier was 'fast', is 'balanced'" in found.requests


def test_a_call_more_is_our_own_doing():
    found = compare("x", cassette(reply()), cassette(reply(), reply()))

    assert found.requests == ["1 requests were recorded, 2 are sent now"]


def test_models_that_retire_within_90_days_are_listed():
    assert retiring(date(2026, 10, 1)) == []
    assert retiring(date(2026, 11, 20)) == ["gpt-4o-mini retires on 2027-01-14; it serves no tier."]


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def command(course, monkeypatch):
    monkeypatch.setattr(drift, "module", lambda _: course)
    parser = argparse.ArgumentParser()
    drift.add_arguments(parser)
    return drift.run(parser.parse_args([course.key]))


def test_fresh_recordings_of_the_same_voice_have_not_drifted(course, monkeypatch, capsys):
    assert command(course, monkeypatch) == 0

    assert capsys.readouterr().out.startswith("42_tiny: 2 of 2 recordings are as they were.")


def test_the_voice_of_the_recordings_is_asked_again(course):
    assert not any(drift.drift(course, Source(drift._voice(course))))
    assert all(part.texts and not part.shapes for part in drift.drift(course, Source(2)))


def test_a_changed_shape_fails_the_command(course, monkeypatch, capsys):
    text = course.cassette("plain").read_text()
    put(
        course.cassette("plain"),
        text.replace("finish_reason: stop", "finish_reason: stop\n        novelty: 1"),
    )

    assert command(course, monkeypatch) == 1

    printed = capsys.readouterr().out
    assert "the provider's shape changed:" in printed
    assert "plain, step 2: choices[].novelty (int) is gone" in printed


def test_a_recording_that_is_missing_is_told(course, monkeypatch, capsys):
    course.cassette("plain").unlink()

    command(course, monkeypatch)

    assert "There is no such recording." in capsys.readouterr().out
