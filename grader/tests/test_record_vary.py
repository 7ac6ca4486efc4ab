"""Recordings that nobody has seen: honest code cannot tell them apart; remembered words fail."""

from __future__ import annotations

import json
from random import Random

import pytest

from grader.course import module, modules
from grader.record.vary import varied, vary, vocabulary
from grader.replay.cassette import load
from grader.tests.grade_support import verdict

START, COT = module("00_start"), module("04_cot")
REMEMBERS = """
import json

SAID = {said}

def ask(messages):
    client().chat.completions.create(model=model("fast"), messages=messages)
    return SAID[json.dumps(messages[-1]["content"])]
"""


def both(chosen, name, seed=1):
    """A recording's steps as they are and as they become."""
    found = load(chosen.cassette(name))
    return found.steps, vary(found, Random(seed), vocabulary(chosen)).steps


@pytest.mark.parametrize("chosen", modules(), ids=lambda chosen: chosen.key)
def test_the_reference_cannot_tell(chosen, tmp_path):
    """Every check reads from the recording what the recording decides."""
    assert varied(chosen, tmp_path, 11) > 0

    states = verdict(
        [str(chosen.exercise), "--solution", f"--cassettes={tmp_path}"], tmp_path / "outcome.json"
    )

    assert {state for state, _ in states.values()} == {"passed"}


def test_words_that_were_remembered_fail(tmp_path):
    """The course's recordings are public: who returns what they say passes with them, and only with them."""
    said = {
        json.dumps(step.request["body"]["messages"][-1]["content"]): step.reply.text
        for path in START.cassettes.glob("*.yaml")
        for step in load(path).steps
        if step.reply and step.reply.status == 200
    }
    remembering = tmp_path / "remembers.py"
    remembering.write_text(REMEMBERS.format(said=said))
    varied(START, tmp_path / "varied", 5)
    graded = [str(START.exercise), f"--overlay={remembering}"]

    public = verdict(graded, tmp_path / "public.json")
    fresh = verdict([*graded, f"--cassettes={tmp_path / 'varied'}"], tmp_path / "fresh.json")

    name = "test_returns_the_words_of_the_reply"
    assert public[name][0] == "passed"
    assert fresh[name][0] == "failed"


def test_only_words_that_nobody_may_look_for_change():
    """Lengths, figures, signs, capitals and the module's own words stay."""
    old, new = both(COT, "fifteen_percent")
    before, after = old[0].reply.text, new[0].reply.text
    kept = json.loads(after)

    assert before != after
    assert len(before) == len(after)
    assert [c for c in before if not c.isalpha()] == [c for c in after if not c.isalpha()]
    assert [c.isupper() for c in before] == [c.isupper() for c in after]
    assert kept["step_type"] == json.loads(before)["step_type"]
    assert kept["result"] == json.loads(before)["result"]


def test_a_request_repeats_the_reply_that_became_another():
    """The history in a later request holds what the model now said."""
    _, new = both(COT, "fifteen_percent")

    history = [message["content"] for message in new[1].request["body"]["messages"]]
    assert new[0].reply.text in history


def test_counts_grow_and_still_add_up():
    """Other numbers for both directions; a sum stays the sum."""
    old, new = both(START, "hello")
    before, after = old[0].reply.json["usage"], new[0].reply.json["usage"]

    assert after["prompt_tokens"] > before["prompt_tokens"]
    assert after["completion_tokens"] > before["completion_tokens"]
    assert after["total_tokens"] == after["prompt_tokens"] + after["completion_tokens"]


def test_a_stream_keeps_its_pieces():
    """As many events, each as long, the counts in the last one apart."""
    capstone = module("99_capstone")
    streams = [
        path for path in capstone.cassettes.glob("*.yaml") if "sse" in (load(path).steps[0].response or {})
    ]
    old, new = both(capstone, streams[0].stem)

    assert len(old[0].reply.events) == len(new[0].reply.events)
    assert len(old[0].reply.text) == len(new[0].reply.text)
    assert old[0].reply.text != new[0].reply.text
    assert old[0].reply.usage.output_tokens < new[0].reply.usage.output_tokens


def test_a_seed_is_always_the_same(tmp_path):
    """So that a grade can be repeated; another seed is another recording."""
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        varied(START, tmp_path / folder, seed)

    a, b, c = (
        {path.name: path.read_text() for path in (tmp_path / folder).rglob("*.yaml")} for folder in "abc"
    )
    assert a == b
    assert a != c
