"""Other words: the same verdicts in another voice and in scrambled prose, unless a check clings to them."""

from __future__ import annotations

import json

import pytest

from grader.prove import extras, matrix
from grader.prove.scramble import other, other_reply, scrambled
from grader.replay.cassette import load
from grader.tests.prove_support import put, recorded


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path / "course")


def test_other_words_have_the_same_lengths_figures_and_escapes():
    text = 'Take 15% of "240",\\nthen stop: \\u00e9'

    assert len(other(text)) == len(text)
    assert other(text) != text
    assert [c for c in other(text) if not c.isalpha()] == [c for c in text if not c.isalpha()]
    assert "\\n" in other(text)
    assert "\\u00e9" in other(text)


def test_only_free_fields_change():
    reply = json.loads(other_reply('{"thought": "add them", "answer": "thirty six", "step_type": "verify"}'))

    assert reply["thought"] != "add them"
    assert reply["answer"] == "thirty six"
    assert reply["step_type"] == "verify"


@pytest.mark.parametrize(
    "broken", ['{"thought": "so far', '```json\n{"thought": "hm", "a": 1}\n```', "no JSON at all"]
)
def test_broken_replies_stay_as_broken(broken):
    assert len(other_reply(broken)) == len(broken)
    assert other_reply(broken).count('"') == broken.count('"')


def test_the_history_in_a_request_changes_with_the_reply(course, tmp_path):
    assert scrambled(course, tmp_path / "out") == 3

    first, second = load(tmp_path / "out" / course.key / "corrected.yaml").steps
    assert first.reply.text != load(course.cassette("corrected")).steps[0].reply.text
    assert first.reply.text in [message["content"] for message in second.request["body"]["messages"]]


def test_a_sound_module_gets_the_same_verdicts(course):
    [words, voice] = [
        *extras.under_other_words(matrix.prove([course])),
        *extras.under_another_voice(matrix.prove([course]), 2),
    ]

    assert words.ok, words.words()
    assert voice.ok, voice.words()
    assert words.words() == "42_tiny: the same verdicts with other words in the replies."


def test_a_check_that_knows_the_models_words_is_found(course):
    put(
        course.test_file,
        course.test_file.read_text() + '    assert "seven tenths" in tape.steps[1].reply.text\n',
    )

    [words] = extras.under_other_words(matrix.prove([course]))

    assert "reference: test_sends_the_bad_reply_back was passed and is failed." in words.differences


def test_a_check_that_knows_the_answer_is_found_under_another_voice(course):
    text = course.test_file.read_text()
    put(
        course.test_file,
        text.replace('assert answer == tape.steps[-1].reply.json_text()["answer"]', "assert answer == 36"),
    )

    [voice] = extras.under_another_voice(matrix.prove([course]), 2)

    assert not voice.ok
    assert "does not pass while it is recorded" in voice.differences[0]
