"""The recorder: what stands in a recording, and what recording again changes."""

from __future__ import annotations

import argparse
import shutil
from decimal import Decimal

import pytest
import yaml

from grader.record import recorder
from grader.record.recorder import record, summary
from grader.record.takes import Source
from grader.replay.cassette import load
from grader.tests.prove_support import SCRIPT, add_wrong, change, put, recorded, snapshot


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def test_the_head_says_where_the_words_come_from(course):
    head = load(course.cassette("plain")).head

    assert head["source"] == "stand-in"
    assert head["title"] == "What is 15% of 240"
    assert head["note"].startswith("The words come from a script of this course")
    assert head["voice"] == 1
    assert head["models"] == {"asked": ["gpt-6-luna"], "answered": ["gpt-6-luna"]}
    assert list(head["sdk"]) == ["openai"]
    assert head["usage"]["output_tokens"] > 0
    assert Decimal(head["cost_usd"]) > 0
    assert head["reference"].startswith("sha256:")


def test_failures_are_recorded_too(course):
    limited, answered = load(course.cassette("plain")).steps

    assert limited.reply.status == 429
    assert limited.reply.headers["retry-after"] == "1"
    assert answered.reply.json_text()["answer"] == 36


def test_recording_again_changes_no_byte(course):
    before = snapshot(course.cassettes)

    report = record(course, Source())

    assert snapshot(course.cassettes) == before
    assert report.unchanged == ["corrected", "plain"]
    assert "unchanged" in summary(report)


def test_only_what_changed_is_replaced(course):
    before = snapshot(course.cassettes)
    change(course.script, "multiply them", "multiply both")

    report = record(course, Source())

    assert report.changed == ["plain"]
    assert snapshot(course.cassettes)["corrected.yaml"] == before["corrected.yaml"]
    assert "multiply both" in course.cassette("plain").read_text()


def test_a_step_that_says_the_same_keeps_its_timing(course):
    before = load(course.cassette("corrected")).steps
    change(course.script, "seven tenths of ten", "a tenth of it all")

    record(course, Source())

    after = load(course.cassette("corrected")).steps
    assert after[0].timing == before[0].timing
    assert after[1].reply.text != before[1].reply.text


def test_a_delay_that_the_script_changes_is_recorded(course):
    change(course.script, "answer: 37}]", "answer: 37}]\n    delay: 1.2")

    report = record(course, Source())

    assert report.changed == ["plain"]
    assert load(course.cassette("plain")).steps[-1].timing.headers > 1


def test_another_voice_says_other_words_and_is_named(course):
    report = record(course, Source(voice=2))

    assert report.changed == ["corrected", "plain"]
    assert load(course.cassette("plain")).head["voice"] == 2
    assert load(course.cassette("plain")).steps[-1].reply.json_text()["answer"] == 37


def test_authored_recordings_are_played_and_kept(course):
    by_hand = (
        course.cassette("plain").read_text().replace("source: stand-in", "source: authored\nreason: rare")
    )
    put(course.cassette("plain"), by_hand.replace('"answer": 36', '"answer": 99'))
    put(course.script, SCRIPT[SCRIPT.index("corrected:") :])
    before = course.cassette("plain").read_bytes()

    report = record(course, Source())

    assert report.authored == ["plain"]
    assert list(report.texts) == ["corrected"]
    assert course.cassette("plain").read_bytes() == before


def test_a_recording_that_no_check_plays_is_pointed_at(course):
    shutil.copy(course.cassette("plain"), course.cassette("spare"))

    report = record(course, Source())

    assert report.unused == ["spare"]
    assert "spare" in summary(report)
    assert course.cassette("spare").is_file()


def test_the_fullest_take_wins_when_the_first_check_leaves_the_end_out(course):
    early = '''
@pytest.mark.task(1)
@pytest.mark.cassette("corrected")
def test_asks_at_all(tape):
    """A request is sent."""
    from openai import OpenAI
    from grader.models import model
    OpenAI().chat.completions.create(
        model=model("fast"), messages=[{"role": "user", "content": "What is 10% of 70? Reply as JSON."}],
        response_format={"type": "json_object"},
    )

    assert len(tape.calls) == 1
'''
    put(course.test_file, course.test_file.read_text() + early)

    record(course, Source())

    assert len(load(course.cassette("corrected")).steps) == 2


def test_the_command_says_that_nothing_changed(course, monkeypatch, capsys):
    monkeypatch.setattr(recorder, "module", lambda _: course)
    parser = argparse.ArgumentParser()
    recorder.add_arguments(parser)
    add_wrong(course, "harmless", ["test_reads_the_number"], 1, "unused = 1")

    assert recorder.run(parser.parse_args(["42_tiny"])) == 1

    printed = capsys.readouterr().out
    assert printed.startswith("Nothing was changed. The new recordings do not hold")
    assert recorder.run(parser.parse_args(["42_tiny", "--unproven"])) == 0
    assert "2 recordings" in capsys.readouterr().out


def test_a_recording_reads_as_a_document(course):
    text = course.cassette("plain").read_text()

    assert list(yaml.safe_load(text))[:3] == ["cassette", "title", "source"]
    assert "authorization" not in text.lower()
    assert "127.0.0.1" not in text
