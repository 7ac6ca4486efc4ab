"""What the recorder refuses: then nothing changed, byte for byte."""

from __future__ import annotations

import argparse
from decimal import Decimal

import pytest

from grader.provider.library import Library
from grader.provider.serve import running
from grader.record import recorder
from grader.record.recorder import record
from grader.record.takes import NotRecorded, Source
from grader.replay.cassette import load
from grader.tests.prove_support import change, recorded, refused, snapshot, tiny


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def test_a_reference_that_fails_records_nothing(course):
    change(course.reference, "return int(", "return 1 + int(")

    said = refused(course)

    assert said.startswith("The reference does not pass while it is recorded:")
    assert "test_reads_the_number" in said


def test_a_script_without_the_scenario_records_nothing(course):
    change(course.script, "corrected:", "amended:")

    assert "04" not in (said := refused(course))
    assert "corrected" in said


def test_a_script_that_breaks_a_rule_records_nothing(course):
    """Its own words are told, not what a solution makes of a failing server."""
    change(course.script, "title:", "titel:")

    assert "did you mean `title`?" in refused(course)


def test_words_that_only_pass_while_recorded_are_refused(course):
    # The check asks what is not in the recording: true while it is made, and never again.
    change(
        course.test_file,
        "    answer = solve(",
        "    import os\n    assert tape.recording\n    answer = solve(",
    )

    said = refused(course)

    assert said.startswith("The new recordings do not hold, and the old ones stay:")
    assert "reference: test_answers_with_what_the_model_said" in said


def test_a_wrong_solution_that_would_pass_is_refused(course):
    # With these words the constant of `first_digit` is right by chance.
    change(course.script, "answer: 36", "answer: 3")

    said = refused(course)

    assert "wrong first_digit: test_answers_with_what_the_model_said should fail, and it passed." in said


def test_unproven_takes_the_recordings_all_the_same(course):
    change(course.script, "answer: 36", "answer: 3")

    report = record(course, Source(), unproven=True)

    assert report.changed == ["plain"]


def test_a_key_in_a_reply_is_refused(course):
    # Put together here, so that no scan of this repository meets a key.
    change(course.script, "multiply them", "use sk-" + "proj-" + "Zk9" * 12)

    said = refused(course)

    assert "an OpenAI or DeepSeek key" in said
    assert "Zk9Zk9" not in said


def test_a_key_in_pieces_of_a_stream_is_refused(tmp_path):
    key = "sk-" + "proj-" + "Zk9" * 12
    reference = '''
"""Streams. Grade it: pytest exercises/42_tiny"""

from openai import OpenAI

from grader.models import model


def solve(question: str) -> str:
    """The answer, put together from its pieces."""
    stream = OpenAI().chat.completions.create(
        model=model("fast"), messages=[{"role": "user", "content": question}], stream=True,
        max_completion_tokens=50,
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
'''
    test = '''
import pytest
from tiny import solve


@pytest.mark.task(1)
@pytest.mark.cassette("streamed")
def test_puts_the_pieces_together(tape):
    """The answer is what came."""
    assert solve("Which key?") == tape.steps[0].reply.text
'''
    script = f"streamed:\n  title: pieces\n  turns:\n  - say: use {key} now\n    chunk_size: [9]\n"
    module = tiny(tmp_path, reference=reference, test=test, script=script, wrong={})

    with pytest.raises(NotRecorded, match="a decoded part would hold an OpenAI or DeepSeek key"):
        record(module, Source())

    assert not module.cassettes.exists()


def test_a_key_of_this_machine_is_refused_or_gone(course, monkeypatch):
    monkeypatch.setenv("ACME_API_KEY", "own-" + "word-of-this-machine")
    change(course.script, "multiply them", "say own-" + "word-of-this-machine")

    record(course, Source())

    assert "say removed" in course.cassette("plain").read_text()
    assert b"word-of-this-machine" not in b"".join(snapshot(course.cassettes).values())


def test_the_cap_stops_before_the_call(course):
    said = refused(course, Source(cap=Decimal("0.00001")))

    assert "openai.chat may cost $" in said
    assert "of the cap $0.00001" in said


def test_a_cap_that_suffices_lets_everything_through(course):
    report = record(course, Source(cap=Decimal("0.01")))

    assert Decimal(0) < report.spent < Decimal("0.01")


def test_an_unknown_price_is_refused(course):
    change(course.reference, 'model("fast")', '"gpt-99-unheard-of"')

    assert "No price is known for 'gpt-99-unheard-of'" in refused(course)


def test_live_without_a_key_says_which_variable_to_set(course, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    assert "Set OPENAI_API_KEY or ANTHROPIC_API_KEY" in refused(course, Source(live=True))


@pytest.fixture
def vendor(course, monkeypatch):
    """A stand-in that plays a real host: reached by its base URL, with a key, without a scenario's name."""
    change(course.script, "A reply that is asked for again\n", 'A reply again\n  match: ["10%", "70"]\n')
    with running(library=Library(course.root), pace=0) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "own-" + "key-that-pays-for-it")
        yield url


def test_live_recordings_are_made_under_the_cap_and_without_the_key(course, vendor):
    report = record(course, Source(live=True, cap=Decimal("0.01")))

    text = course.cassette("corrected").read_text()
    head = load(course.cassette("corrected")).head
    assert (head["source"], head.get("voice")) == ("live", None)
    assert head["note"].startswith("The words are the vendor's")
    assert "key-that-pays-for-it" not in text
    assert "x-stand-in" not in text
    assert Decimal(0) < report.spent < Decimal("0.01")


def test_a_live_call_past_the_cap_is_never_sent(course, vendor):
    assert "of the cap $0.00001" in refused(course, Source(live=True, cap=Decimal("0.00001")))


@pytest.mark.parametrize("text", ["much", "-1", "nan", "inf"])
def test_a_cap_is_an_amount(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not an amount in dollars"):
        recorder.dollars(text)
