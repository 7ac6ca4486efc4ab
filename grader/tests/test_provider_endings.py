"""How replies end and how sure they are: refusals, limits, stops, thinking, log probabilities, choices."""

from __future__ import annotations

import math

import pytest

from grader.models import model
from grader.provider.serve import running
from grader.tests.provider_support import ask, ask_claude, chatter, claude, library

SCRIPT = """
votes:
  title: Votes with doubts
  turns: [{samples: [A, {say: B maybe, confidence: 0.5, alternatives: {A: 0.3, C: 0.6}}]}]
refusal:
  title: A refusal
  turns: [{refusal: I will not.}]
words:
  title: Words enough
  turns: [{say: one two three four, thinking: let me see now, chunk: 0}]
filtered:
  title: Filtered
  turns: [{say: one, finish: content_filter}]
paused:
  title: Paused
  turns: [{say: one, finish: pause_turn}]
"""
THINKER, MODEST = model("smart", "anthropic"), model("fast", "anthropic")


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with running(library=library(tmp_path_factory.mktemp("course"), SCRIPT)) as base:
        yield base


def doubts(url, **options):
    client = chatter(url, "votes", {"x-stand-in-run": str(options)})
    return ask(client, model="gpt-4o-mini", logprobs=True, **options)


def test_logprobs_are_the_scripts_confidence(url):
    first, second = doubts(url, top_logprobs=2, n=2).choices
    token = second.logprobs.content[0]

    assert first.logprobs.content[0].logprob > math.log(0.9)
    assert "".join(t.token for t in second.logprobs.content) == second.message.content == "B maybe"
    assert math.exp(token.logprob) == pytest.approx(0.5, abs=1e-5)
    assert [(t.token, round(math.exp(t.logprob), 3)) for t in token.top_logprobs] == [("C", 0.6), ("B", 0.5)]
    assert bytes(token.bytes).decode() == "B"


def test_streamed_logprobs_are_the_same(url):
    whole = doubts(url, temperature=0).choices[0].logprobs.content
    parts = [c.choices[0].logprobs for c in doubts(url, temperature=0, stream=True)]

    assert [token for part in parts if part for token in part.content] == whole


def test_choices_are_samples_and_all_are_paid(url):
    one, two = doubts(url), doubts(url, n=2)

    assert [choice.index for choice in two.choices] == [0, 1]
    assert [choice.message.content for choice in two.choices] == ["A", "B maybe"]
    assert two.usage.completion_tokens == one.usage.completion_tokens + 2


def test_a_refusal_has_its_own_place(url):
    message = ask(chatter(url, "refusal")).choices[0].message
    streamed = ask(chatter(url, "refusal"), stream=True)
    other = ask_claude(claude(url, "refusal"))

    assert (message.content, message.refusal) == (None, "I will not.")
    assert "".join(c.choices[0].delta.refusal or "" for c in streamed) == "I will not."
    assert (other.stop_reason, other.content[0].text) == ("refusal", "I will not.")


def test_limits_end_a_reply_in_both_formats(url):
    reply = ask(chatter(url, "words"), max_completion_tokens=2, reasoning_effort="none")
    other = ask_claude(claude(url, "words"), max_tokens=3, thinking={"type": "disabled"})

    assert (reply.choices[0].finish_reason, reply.choices[0].message.content) == ("length", "one two")
    assert (other.stop_reason, other.content[0].text, other.usage.output_tokens) == (
        "max_tokens",
        "one two",
        3,
    )


def test_a_stop_sequence_is_named(url):
    reply = ask_claude(claude(url, "words"), stop_sequences=[" three"], thinking={"type": "disabled"})

    assert (reply.stop_reason, reply.stop_sequence, reply.content[0].text) == (
        "stop_sequence",
        " three",
        "one two",
    )


def test_endings_carry_the_vendors_words(url):
    assert ask(chatter(url, "filtered")).choices[0].finish_reason == "content_filter"
    assert ask_claude(claude(url, "filtered")).stop_reason == "refusal"
    assert ask(chatter(url, "paused")).choices[0].finish_reason == "stop"
    assert ask_claude(claude(url, "paused")).stop_reason == "pause_turn"


@pytest.mark.parametrize(
    ("scenario", "name", "thinking", "kinds"),
    [
        ("words", MODEST, None, ["thinking", "text"]),
        ("words", THINKER, {"type": "disabled"}, ["text"]),
        ("paused", MODEST, None, ["text"]),
        ("paused", THINKER, None, ["thinking", "text"]),
    ],
)
def test_models_that_think_say_so_first(url, scenario, name, thinking, kinds):
    options = {"thinking": thinking} if thinking else {}
    whole = ask_claude(claude(url, scenario), model=name, **options)
    asked = {"model": name, "max_tokens": 99, "messages": [{"role": "user", "content": "x"}], **options}
    with claude(url, scenario).messages.stream(**asked) as stream:
        streamed = stream.get_final_message()

    assert [block.type for block in whole.content] == [block.type for block in streamed.content] == kinds
    assert whole.usage.output_tokens == streamed.usage.output_tokens
    thought = next((block.thinking for block in streamed.content if block.type == "thinking"), "")
    assert thought == ("let me see now" if scenario == "words" and not thinking else "")


def test_reasoning_can_be_switched_off(url):
    def tokens(**options):
        return ask(chatter(url, "words"), **options).usage.completion_tokens_details.reasoning_tokens

    assert tokens() == 4
    assert tokens(reasoning_effort="none") == 0
