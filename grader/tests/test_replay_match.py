"""Matching is loose on purpose: the shape of a request gates, its content ranks, its wording never misses."""

from __future__ import annotations

import random

import pytest

from grader.replay.facts import facts
from grader.replay.match import Matcher
from grader.tests.replay_support import CHAT, ask, completion, step

JSON_MODE = {"response_format": {"type": "json_object"}}
TOOLS = {"tools": [{"type": "function", "function": {"name": "calculate"}}]}
WORDS = ["".join(random.Random(number).choices("abcdefghijklmnop", k=7)) for number in range(400)]


def sent(*texts, **body):
    return facts("POST", CHAT, ask(*texts, **body))


def recorded(*bodies, **options):
    return [step(number, body, completion("x"), **options) for number, body in enumerate(bodies, 1)]


def taken(matcher, *requests):
    return [found.number if (found := matcher.take(request)) else None for request in requests]


@pytest.mark.parametrize(
    "other",
    [{"stream": True}, JSON_MODE, TOOLS],
    ids=["stream", "format", "tools"],
)
def test_a_request_of_another_shape_is_not_answered(other):
    assert taken(Matcher(recorded(ask("hello"))), sent("hello", **other)) == [None]


def test_a_tools_result_gates():
    turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": None, "tool_calls": []},
             {"role": "tool", "tool_call_id": "1", "content": "36"}]  # fmt: skip

    assert taken(Matcher(recorded(ask("x"))), sent(messages=turns)) == [None]


@pytest.mark.parametrize(
    "other",
    [{"temperature": 0.7}, {"model": "gpt-0"}, {"messages": [{"role": "system", "content": "Be brief."}]}],
    ids=["temperature", "tier", "roles"],
)
def test_what_a_check_asserts_on_the_ledger_never_causes_a_miss(other):
    assert taken(Matcher(recorded(ask("hello"))), sent("hello", **other)) == [1]


def test_an_ignored_gate_does_not_gate():
    assert taken(Matcher(recorded(ask("hello")), ignore=["format"]), sent("hello", **JSON_MODE)) == [1]


def test_a_required_fact_gates():
    matcher = Matcher(recorded(ask("hello", model="gpt-0")), require=["tier"])

    assert taken(matcher, sent("hello")) == [None]


def test_requests_alike_are_answered_in_recorded_order_and_then_no_more():
    same = ask("vote")

    assert taken(Matcher(recorded(same, same)), *[sent("vote")] * 3) == [1, 2, None]


def test_a_request_in_entirely_other_words_gets_the_next_step():
    steps = recorded(
        ask("classify the intent of this message"), ask("write an answer for the customer, please")
    )

    assert taken(Matcher(steps), sent("Welche Absicht?"), sent("Antworte, bitte.")) == [1, 2]


def test_a_stray_word_does_not_outrank_the_order():
    """The learner's long instruction shares one word with the second step, and none with the first."""
    own = " ".join("x" + word for word in WORDS[:60])
    steps = recorded(ask("classify"), ask(" ".join([*WORDS[100:109], "answer"])))

    assert taken(Matcher(steps), sent(f"{own} answer")) == [1]


def test_in_other_words_the_same_turn_decides():
    steps = recorded(ask("alpha beta"), ask("alpha beta", "gamma", "delta"))

    assert taken(Matcher(steps), sent("uno", "dos", "tres"), sent("uno")) == [2, 1]


def test_content_finds_the_right_step_in_any_order():
    steps = recorded(
        *(ask(f"{shared}: {number}") for shared in ["Summarize contract"] for number in range(100, 120))
    )
    order = random.Random(1).sample(range(20), 20)

    answered = taken(Matcher(steps), *(sent(f"What is in contract {100 + at}?") for at in order))

    assert answered == [at + 1 for at in order]


def test_a_growing_conversation_finds_its_turn():
    said = ["Why is the sky blue?", "Light scatters.", "And then?", "Blue scatters most.", "So?"]
    steps = recorded(ask(*said[:1]), ask(*said[:3]), ask(*said[:5]))

    assert taken(Matcher(steps), sent(*said[:3]), sent(*said[:5]), sent(*said[:1])) == [2, 3, 1]


def test_once_is_answered_once():
    assert taken(Matcher(recorded(ask("x"), repeat="once")), sent("x"), sent("x", temperature=0)) == [1, None]


def test_any_is_answered_always():
    assert taken(Matcher(recorded(ask("x"), repeat="any")), *[sent("x")] * 3) == [1, 1, 1]


def test_samples_at_temperature_zero_are_all_the_first():
    votes = recorded(ask("x"), ask("x"), repeat="samples")

    assert taken(Matcher(votes), *[sent("x", temperature=0)] * 3) == [1, 1, 1]


@pytest.mark.parametrize("temperature", [{}, {"temperature": 0.7}])
def test_samples_above_zero_or_by_default_are_the_next_each_time(temperature):
    votes = recorded(ask("x"), ask("x"), repeat="samples")

    assert taken(Matcher(votes), *[sent("x", **temperature)] * 3) == [1, 2, None]


def test_a_check_may_declare_another_repeat():
    assert taken(Matcher(recorded(ask("x")), repeats="any"), *[sent("x")] * 2) == [1, 1]


def test_unplayed_are_the_steps_that_nobody_asked_for():
    matcher = Matcher(recorded(ask("x"), ask("y", **JSON_MODE)))
    matcher.take(sent("x"))

    assert [left.number for left in matcher.unplayed] == [2]


def flow(seed):
    """A flow of thirteen requests: a chain in JSON mode, a fan-out, a tool loop, a stream."""
    r = random.Random(seed)

    def words(count):
        return " ".join(r.choices(WORDS, k=count))

    chain = [words(42)] + [words(10) for _ in range(8)]
    loop = [words(32)] + [words(7) for _ in range(4)]
    return [
        *(ask(*chain[: 2 * turn + 1], **JSON_MODE) for turn in range(5)),
        *(ask(words(65)) for _ in range(4)),
        *(ask(*loop[: 2 * turn + 1], **TOOLS) for turn in range(3)),
        ask(words(32), stream=True),
    ]


def reworded(body, r, share=0.4):
    """The same request as somebody else would write it: `share` of the user's words are others."""
    turns = [
        {
            **turn,
            "content": " ".join(
                "x" + word if r.random() < share else word for word in turn["content"].split()
            ),
        }
        if turn["role"] == "user"
        else turn
        for turn in body["messages"]
    ]
    return {**body, "messages": turns}


def misshapen(body, wrong):
    changed = dict(body)
    for name, other in (("format", JSON_MODE), ("tools", TOOLS), ("stream", {"stream": True})):
        if name in wrong:
            key = next(iter(other))
            changed = (
                {k: v for k, v in changed.items() if k != key} if key in changed else {**changed, **other}
            )
    return changed


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_reworded_flow_is_answered_step_by_step(shuffled):
    for seed in range(10):
        r, bodies = random.Random(seed), flow(seed)
        order = r.sample(range(13), 13) if shuffled else list(range(13))

        answered = taken(
            Matcher(recorded(*bodies)), *(facts("POST", CHAT, reworded(bodies[at], r)) for at in order)
        )

        assert answered == [at + 1 for at in order]


@pytest.mark.parametrize("wrong", [1, 2, 3])
def test_the_nearest_step_is_the_one_that_was_meant(wrong):
    """Measured: at least 98 of 100 with one to three facts wrong and 40 % of the words replaced."""
    right = total = 0
    for seed in range(20):
        r, bodies = random.Random(seed), flow(seed)
        matcher = Matcher(recorded(*bodies))
        for number, body in enumerate(bodies, 1):
            mine = misshapen(reworded(body, r), r.sample(["format", "tools", "stream"], wrong))
            nearest = matcher.nearest(facts("POST", CHAT, mine))
            right, total = right + (nearest.number == number), total + 1
            matcher.take(facts("POST", CHAT, body))

    assert right / total >= 0.98


def nearest(steps, request, played=()):
    matcher = Matcher(steps)
    for earlier in played:
        matcher.take(earlier)
    return matcher.nearest(request).number


def test_content_tells_which_document_a_misshapen_request_was_about():
    steps = recorded(*(ask(f"Label contract {number}") for number in range(100, 110)))

    assert nearest(steps, sent("What is contract 105?", **JSON_MODE)) == 6


def test_the_next_step_is_nearer_than_one_that_shares_a_stray_word():
    steps = recorded(ask("one"), ask(" ".join(WORDS[:8])), ask(" ".join([*WORDS[8:15], "answer"])))
    mine = sent(" ".join("x" + word for word in WORDS[:20]) + " answer", **JSON_MODE)

    assert nearest(steps, mine, played=[sent("one")]) == 2


def test_an_open_step_is_nearer_than_a_played_one():
    steps = recorded(ask("vote"), ask("vote", **TOOLS), ask("vote"))
    steps[1] = step(2, {"input": "x"}, {}, url="https://api.openai.com/v1/embeddings")

    assert nearest(steps, sent("vote", **JSON_MODE), played=[sent("vote")]) == 3


def test_differences_are_those_of_the_gates():
    matcher = Matcher(recorded(ask("x", **JSON_MODE)))

    assert matcher.differences(sent("x", temperature=1), matcher.steps[0]) == [
        ("format", "text", "json_object")
    ]
