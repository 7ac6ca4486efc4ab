"""Scripts: mistakes are named with file, scenario, rule and remedy; turns are chosen as the format says."""

from __future__ import annotations

import json
import os
import textwrap
from dataclasses import replace

import pytest

from grader.provider import script
from grader.provider.ask import Ask, Message, from_anthropic, from_openai, from_prompt
from grader.provider.desk import Desk
from grader.provider.readers import READERS
from grader.provider.script import ScriptError
from grader.provider.speech import split
from grader.tests.provider_support import library


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a: {title: x, turns: [{sya: hi}]}",
            ["script.yaml, scenario a", "turns 1 sya", "did you mean `say`?"],
        ),
        ("a: {turns: [{say: hi}]}", ["title: missing"]),
        ("a: {title: x, turns: []}", ["turns", "at least 1"]),
        ("a: {title: x, turns: [{}]}", ["turns 1", "says nothing", "`samples`"]),
        ("a: {title: x, turns: [{say: yes}]}", ["turns 1 say", "True is not text", "Quote it"]),
        ("a: {title: x, turns: [{say: [1, b]}]}", ["1 is not text"]),
        ("a: {title: x, turns: [{say: []}]}", ["holds no voice"]),
        ("a: {title: x, turns: [{say: hi, error: 500, cut: 2}]}", ["error and cut cannot both happen"]),
        (
            "a: {title: x, turns: [{say: hi, first: {error: 200}}]}",
            ["first 1 error", "greater than or equal to 400"],
        ),
        ("a: {title: x, turns: [{say: hi, samples: [b]}]}", ["`samples` and words of its own"]),
        ("a: {title: x, by: votes, turns: [{say: hi}]}", ["by", "'turn' or 'calls'"]),
        ("a: {title: x, turns: [{say: hi, when: {tyer: fast}}]}", ["tyer", "did you mean `tier`?"]),
        ("a: {title: x, turns: [{say: hi}], title: y}", ["`title` stands twice"]),
        ("- a", ["is a mapping from scenario names"]),
        ("a: [", ["not readable as YAML"]),
    ],
)
def test_a_mistake_is_named_with_its_place_and_its_remedy(tmp_path, text, words):
    with pytest.raises(ScriptError) as caught:
        library(tmp_path, text).get("04_cot/a")

    for word in words:
        assert word in str(caught.value)


def test_a_broken_script_hides_no_other(tmp_path):
    library(tmp_path, "a: [", "05_voting")
    both = library(tmp_path, "a: {title: The good one, turns: [{say: hi}]}")

    assert [scenario.title for scenario in both.all()] == ["The good one"]
    assert "05_voting" in both.problems()[0]


def test_a_changed_script_is_read_again(tmp_path):
    found = library(tmp_path, "a: {title: old, turns: [{say: hi}]}")
    assert found.get("04_cot/a").title == "old"
    library(tmp_path, "a: {title: new, turns: [{say: hi}]}")
    os.utime(tmp_path / "solutions/04_cot/script.yaml", (1, 1))

    assert found.get("04_cot/a").title == "new"


def asked(*texts, scenario="a", model="gpt-4o-mini", voice=1, run="", **fields):
    """A request whose messages alternate between user and assistant."""
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(texts))
    sent = {"x-stand-in-voice": str(voice), "x-stand-in-run": run}
    if scenario:
        sent["x-stand-in-scenario"] = f"04_cot/{scenario}"
    return Ask("openai.chat", model, messages, headers=sent, **fields)


def desk(tmp_path, text):
    return Desk(library(tmp_path, text))


CASCADE = """
a:
  title: A cascade
  turns:
    - {say: general}
    - {say: label, when: {tier: fast}}
    - {say: answer, when: {tier: smart}}
    - {say: corrected, when: {tier: smart}}
    - {say: refund, when: {says: [Refund, please]}}
    - {say: exact, when: {turn: 4}}
"""


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (asked("x", model="gpt-6-luna"), "label"),
        (asked("x", model="gpt-6.1-sol"), "answer"),
        (asked("x", "y", "z", model="gpt-6.1-sol"), "corrected"),
        (asked("x"), "general"),
        (asked("a refund, please"), "refund"),
        (asked(*"abcdefghi"), "exact"),
    ],
)
def test_turns_are_chosen_by_their_conditions(tmp_path, ask, words):
    assert desk(tmp_path, CASCADE).reply(ask).text == words


def test_past_the_end_comes_the_honest_line_or_the_last_turn(tmp_path):
    script = "a: {title: x, turns: [{say: hi}]}\nb: {title: x, endless: true, turns: [{say: hi}]}"
    here = desk(tmp_path, script)

    assert "stand-in" in here.reply(asked("x", "hi", "x")).text
    assert here.reply(asked("x", "hi", "x", "hi", "x", scenario="b")).text == "hi"


def test_mappings_are_json_and_voices_differ(tmp_path):
    here = desk(tmp_path, "a: {title: x, turns: [{say: [{k: ä}, [1, 2], text]}]}")

    assert [here.reply(asked("x", voice=v)).text for v in (1, 2, 3, 4)] == [
        '{"k": "ä"}',
        "[1, 2]",
        "text",
        '{"k": "ä"}',
    ]


def test_first_faults_come_once_per_run_and_turn(tmp_path):
    here = desk(tmp_path, "a: {title: x, turns: [{say: hi, first: [{error: 429}, {cut: 2}]}]}")

    for run in ("one", "two"):
        faults = [here.reply(asked("x", run=run)).fault for _ in range(3)]
        assert [(f.error, f.cut) if f else None for f in faults] == [(429, None), (None, 2), None]


def test_a_failed_call_uses_up_no_sample(tmp_path):
    here = desk(tmp_path, "a: {title: x, turns: [{samples: [one, two], first: {error: 429}}]}")

    assert [here.reply(asked("x")).text for _ in range(4)][1:] == ["one", "two", "one"]


def test_tool_calls_need_the_tool_and_a_forced_tool_gets_the_words(tmp_path):
    here = desk(
        tmp_path, "a: {title: x, turns: [{say: {n: 1}, tool_calls: [{name: add, arguments: {a: 1}}]}]}"
    )

    plain, offered = here.reply(asked("x")), here.reply(asked("x", tools=("add",)))
    forced = here.reply(asked("x", tools=("Ticket",), forced="Ticket"))

    assert (plain.text, plain.calls) == ('{"n": 1}', ())
    assert (offered.calls[0].name, offered.finish) == ("add", "tool_calls")
    assert (forced.calls[0].name, json.loads(forced.calls[0].arguments)) == ("Ticket", {"n": 1})


def test_limits_and_stops_shorten_the_words(tmp_path):
    here = desk(tmp_path, "a: {title: x, turns: [{say: one two three four}]}")

    limited, stopped = here.reply(asked("x", limit=2)), here.reply(asked("x", stop=(" three",)))

    assert (limited.text, limited.finish) == ("one two", "length")
    assert (stopped.text, stopped.finish, stopped.stopped_by) == ("one two", "stop", " three")


def test_reasoning_counts_towards_the_limit(tmp_path):
    here = desk(tmp_path, "a: {title: x, turns: [{say: one two three, reasoning: 10}]}")
    reply = here.reply(asked("x", limit=11, thinks=True))

    assert (reply.text, reply.reasoning, reply.finish) == ("one", 10, "length")


def test_readers_compute_replies(tmp_path, monkeypatch):
    def shout(messages, settings):
        return {"said": messages[-1]["content"] * settings["times"], "sample": settings["sample"]}

    monkeypatch.setitem(READERS, "shout", shout)
    here = desk(tmp_path, "a: {title: x, turns: [{reader: shout, settings: {times: 2}}, {reader: whisper}]}")

    assert json.loads(here.reply(asked("ab")).text) == {"said": "abab", "sample": 1}
    with pytest.raises(ScriptError, match=r"'whisper' does not exist. Known: .*shout"):
        here.reply(asked("a", "b", "c"))


PLAY = """
a: {title: A, match: [apple], turns: [{say: an apple}, {say: more apple}]}
b: {title: B, match: [apple, pie], turns: [{say: a pie}]}
c: {title: C, match: [votes], by: calls, turns: [{say: yes!}, {say: no!}]}
"""


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["An APPLE?"], "an apple"),
        (["apple pie"], "a pie"),
        (["apple", "an apple", "go on"], "more apple"),
        (["apple pie", "a pie", "apple"], "an apple"),
    ],
)
def test_the_playground_takes_the_newest_and_most_exact_question(tmp_path, texts, words):
    assert desk(tmp_path, PLAY).reply(asked(*texts, scenario=None)).text == words


def test_the_playground_never_runs_out_of_calls(tmp_path):
    here = desk(tmp_path, PLAY)

    assert [here.reply(asked("votes", scenario=None)).text for _ in range(3)] == ["yes!", "no!", "yes!"]


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (1, ["one", " two", "  three"]),
        (2, ["one two", "  three"]),
        ([4, 5], ["one ", "two  ", "thre", "e"]),
        (["one t", "wo  three"], ["one t", "wo  three"]),
    ],
)
def test_chunks_are_words_characters_or_given_pieces(size, parts):
    assert split("one two  three", size) == parts


def test_pieces_belong_to_a_voice(tmp_path):
    script = "a: {title: x, turns: [{say: [ab, xyz], chunk_size: [[a, b], [x, yz]]}]}"
    here = desk(tmp_path, script)

    assert here.reply(asked("x")).chunks() == ["a", "b"]
    assert here.reply(asked("x", voice=2)).chunks() == ["x", "yz"]


def test_pieces_must_be_the_text(tmp_path):
    here = desk(tmp_path, "a: {title: x, turns: [{say: abc, chunk_size: [a, c]}]}")

    with pytest.raises(ScriptError, match="give 'ac', but the text is 'abc'"):
        here.reply(asked("x"))


CONDITIONS = {
    "provider: deepseek": {"model": "deepseek-flash"},
    "format: json_object": {"format": "json_object"},
    "tool_result: true": {"messages": (Message("user", "x"), Message("tool", "36"))},
    "mentions: [EARLY, late]": {"messages": (Message("user", "early"), Message("user", "late"))},
    "system: [policy]": {"messages": (Message("system", "The Policy"), Message("user", "x"))},
    "operation: openai.chat, tier: fast": {"model": "gpt-6-luna"},
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_turn_speaks_only_when_its_conditions_hold(tmp_path, condition):
    here = desk(
        tmp_path, f"a: {{title: x, turns: [{{say: usual}}, {{say: special, when: {{{condition}}}}}]}}"
    )
    plain = asked("x")

    assert here.reply(plain).text == "usual"
    assert here.reply(replace(plain, **CONDITIONS[condition])).text == "special"


def test_the_documented_example_is_a_script(tmp_path):
    example = textwrap.dedent(
        "    " + script.__doc__.split("\n\n", 1)[1].split("A turn may also hold")[0].lstrip()
    )
    found = library(tmp_path, example).get("04_cot/fifteen_percent")

    assert [turn.first[0].error if turn.first else None for turn in found.turns] == [429, None]


def test_llama_tokens_become_messages():
    prompt = (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )

    assert from_prompt({"prompt": prompt}, {}).messages == (
        Message("system", "Be brief."),
        Message("user", "Hi"),
    )
    assert from_prompt({"prompt": "Hi"}, {}).messages == (Message("user", "Hi"),)


def test_both_formats_mean_the_same():
    user, spoken = (
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": "Yo"},
    )
    one = from_openai({"model": "m", "messages": [{"role": "developer", "content": "S"}, user, spoken]}, {})
    other = from_anthropic(
        {"model": "m", "system": [{"type": "text", "text": "S"}], "messages": [user, spoken]}, {}
    )

    assert one.messages == other.messages
    assert (one.turn, one.question, one.system) == (1, "Hi", "S")
