"""Grades 05_voting: self-consistency, and what to do when it is not enough."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import random
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from voting import (
    NoQuorum,
    decided,
    extras,
    fan_out,
    majority,
    parse_vote,
    red_flag,
    stop_early,
    triage,
    weight,
)

from grader.models import capabilities, model
from grader.review import SCHEMA

LEVELS = ["emergency", "appointment", "home"]
MOODS = ["Negative", "Mixed Feelings", "Positive"]
ANKLE = "I turned my ankle on the stairs yesterday. It is swollen, and I can walk on it."
DIZZY = "For two weeks I have been dizzy now and then, and two fingers go numb."
PLASTER = "Where do I buy plasters?"
REVIEW = "This product is not bad for the price."
NO_LABELS = (
    *("I would say home.", "home or appointment", "not home", "home: rest", "home?", "ho.me", "ho me", "hom"),
    *("homely", "hospital", "", " ", ".", None, "None", "1", "home\nhome"),
)
NO_FLAGS = (
    *("", "The chest painting fell on my foot", "Trouble with my breathing exercises", "He passed by"),
    *("painful chests of drawers", "Pain in the knee, chest fine", "I passed my exam and went out"),
    "a chest wall pain",
)
# A store that takes no further row into one of its tables.
FULL = "CREATE TRIGGER full BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;"
FLAGS = ["chest pain", "trouble breathing", "severe bleeding", "slurred speech", "passed out"]


def said(reply, labels=LEVELS):
    """The label that a recorded reply is, or None where it is none."""
    words = (reply.text or "").strip(" \n\"'`“”‘’.").casefold()
    return {label.casefold(): label for label in labels}.get(words)


def answers(tape):
    """The recorded replies that were no failures, in order."""
    return [step.reply for step in tape.steps if step.reply and step.reply.status == 200]


def votes_of(tape, labels=LEVELS):
    """What the recorded replies vote for, abstentions as None."""
    return [said(reply, labels) for reply in answers(tape)]


def in_any_order(votes):
    """Votes to compare: which of several calls is answered first is nobody's business."""
    return sorted(vote or "" for vote in votes)


def valid(votes):
    """How many of the votes are for a label."""
    return sum(vote is not None for vote in votes)


def best(votes, labels=LEVELS):
    """The first of the labels that have the most votes."""
    return max(labels, key=votes.count)


def settled(votes, labels, left):
    """Whether every way in which the votes left may fall gives the present winner: all are tried."""
    ways = itertools.combinations_with_replacement([*labels, None], left)
    return valid(votes) > 0 and {best([*votes, *way], labels) for way in ways} == {best(votes, labels)}


def calls_needed(votes, n, at_once, quorum):
    """How many of the votes have to be asked for when they come in waves."""
    for asked in [*range(at_once, n, at_once), n]:
        if valid(votes[:asked]) >= quorum and settled(votes[:asked], LEVELS, n - asked):
            return asked
    return n


def masses_of(tape):
    """The probability of each recorded reply, from the logarithms of its tokens'."""
    recorded = [reply.json["choices"][0]["logprobs"]["content"] for reply in answers(tape)]
    return [math.prod(math.exp(token["logprob"]) for token in tokens) for tokens in recorded]


def rows(path, table):
    """A table of the store as another program reads it, oldest line first; without a store there is none."""
    with closing(sqlite3.connect(path)) as store:
        store.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in store.execute(f"SELECT * FROM {table} ORDER BY rowid")]
        except sqlite3.DatabaseError:  # no table, or no store at all: nothing was kept
            return []


@pytest.fixture
def path(tmp_path):
    """Where the store is to be: no such file exists yet."""
    return str(tmp_path / "triage.sqlite")


@pytest.mark.task(1)
def test_a_label_is_read_however_it_is_dressed():
    """Case, spaces, quotes and a full stop are forgiven; what comes back is spelled as in your set."""
    for dressed in ("{}", '"{}"', "{}.", " {}\n", "'{}.'", "`{}`", "“{}”"):
        for label in (MOODS[1], LEVELS[2]):
            for spelled in (label, label.upper(), label.lower()):
                assert parse_vote(dressed.format(spelled), [*MOODS, *LEVELS]) == label


@pytest.mark.task(1)
def test_what_is_no_label_abstains():
    """A sentence, two labels, half a label, a doubt, another word, nothing: no vote is made out of these."""
    for text in NO_LABELS:
        assert parse_vote(text, LEVELS) is None


@pytest.mark.task(1)
def test_the_set_is_the_one_that_is_given():
    """A label counts in the set that holds it, and in no other."""
    assert parse_vote("Positive", MOODS) == "Positive"
    assert parse_vote("Positive", LEVELS) is None


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("split")
async def test_one_by_one_brings_every_vote(tape):
    """One at a time, the votes are those of the model, in order, and each weighs 1."""
    ballot = await fan_out(DIZZY, LEVELS, n=7, at_once=1, quorum=1)

    assert ballot["votes"] == votes_of(tape)
    assert ballot["weights"] == [1] * 7
    assert ballot["failed"] == 0


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("six_of_seven")
@pytest.mark.parametrize(("n", "at_once"), [(7, 1), (7, 3), (7, 7), (2, 5)])
async def test_calls_run_together_and_within_the_limit(tape, n, at_once):
    """As many calls are in flight as allowed, and never more; there are as many calls as votes."""
    await fan_out(ANKLE, LEVELS, n=n, at_once=at_once, quorum=1)

    assert len(tape.calls) == n
    assert tape.peak == min(n, at_once)


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("six_of_seven")
async def test_votes_are_independent(tape):
    """Every call sends the same messages for one whole answer, without temperature: no vote sees another."""
    ballot = await fan_out(ANKLE, LEVELS)

    assert len(ballot["votes"]) == 7
    assert [call.messages for call in tape.calls] == [tape.calls[0].messages] * 7
    assert {call.facts.temperature for call in tape.calls} == {"unset"}
    assert {
        name
        for call in tape.calls
        for name in ("n", "max_tokens", "max_completion_tokens")
        if name in call.body
    } == set()
    assert {call.tier for call in tape.calls} == {"fast"}


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("moods")
async def test_the_model_is_told_the_set(tape):
    """The labels stand in the system role as they are spelled, and the question, in the user's role alone."""
    ballot = await fan_out(REVIEW, MOODS, n=5, quorum=1)

    assert in_any_order(ballot["votes"]) == in_any_order(votes_of(tape, MOODS))
    roles = {role: "\n".join(m["content"] for m in tape.calls[0].messages if m["role"] == role)
             for role in ("system", "developer", "user", "assistant")}  # fmt: skip
    ours = roles["system"] + roles["developer"]
    assert [label for label in MOODS if label not in ours] == []
    assert REVIEW in roles["user"]
    assert REVIEW not in ours + roles["assistant"]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("busy")
async def test_a_rate_limited_vote_is_asked_for_again(tape):
    """A 429 is not an answer: the SDK asks again, unless its retries were switched off."""
    ballot = await fan_out(ANKLE, LEVELS, n=3, at_once=3, quorum=1)

    assert in_any_order(ballot["votes"]) == in_any_order(votes_of(tape))
    assert ballot["failed"] == 0


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("comeback")
async def test_all_seven_of_a_comeback(tape):
    """The votes that come late count as much as the early ones."""
    ballot = await fan_out(DIZZY, LEVELS, n=7, at_once=1)

    assert ballot["votes"] == votes_of(tape)


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("unanimous")
async def test_all_seven_of_one_mind(tape):
    """Without stopping early, all seven calls are made, however clear the first four are."""
    ballot = await fan_out(DIZZY, LEVELS, n=7, at_once=1)

    assert ballot["votes"] == votes_of(tape)
    assert len(tape.calls) == 7


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("some_fail")
async def test_a_failed_call_is_a_vote_less(tape):
    """A call that fails takes its own vote with it and no other: the rest of the ballot is returned."""
    ballot = await fan_out(ANKLE, LEVELS)

    assert in_any_order(ballot["votes"]) == in_any_order(votes_of(tape))
    assert ballot["failed"] == 7 - len(answers(tape)) > 0
    assert len(ballot["weights"]) == len(ballot["votes"])


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("server_down")
async def test_a_server_that_stays_down_is_a_vote_less(tape):
    """The SDK repeats a 500; if it stays, that vote has failed, and the next one is asked for."""
    ballot = await fan_out(ANKLE, LEVELS, n=2, at_once=1, quorum=1)

    assert ballot["votes"] == votes_of(tape)
    assert ballot["failed"] == 2 - len(answers(tape)) == 1


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("cut_off")
async def test_a_broken_connection_is_a_vote_less():
    """A connection that breaks has no status, and is a failed call like any other."""
    ballot = await fan_out(ANKLE, LEVELS, n=1, quorum=0)

    assert (ballot["votes"], ballot["failed"]) == ([], 1)


@pytest.mark.task(2, needs=[1])
async def test_a_fault_of_ours_is_no_failed_call():
    """A provider that does not exist is not a vote less: what is wrong in the code has to come out."""
    with pytest.raises(Exception) as error:
        await fan_out(ANKLE, LEVELS, n=1, quorum=0, provider="nobody")

    assert not isinstance(error.value, NoQuorum)


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("some_fail")
async def test_every_answer_is_paid_for(tape):
    """The usage covers all answered calls, abstentions too: a useless answer costs as much as a good one."""
    ballot = await fan_out(ANKLE, LEVELS)

    assert None in ballot["votes"]
    assert ballot["usage"]["input_tokens"] == tape.usage.input_tokens
    assert ballot["usage"]["output_tokens"] == tape.usage.output_tokens


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("speechless")
async def test_a_refusal_abstains(tape):
    """A refusal has no content, and an answer may be cut in its first word: both abstain."""
    ballot = await fan_out(ANKLE, LEVELS, n=3, quorum=1)

    assert in_any_order(ballot["votes"]) == in_any_order(votes_of(tape))
    assert None in ballot["votes"]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("some_fail")
async def test_a_quorum_is_enough(tape):
    """As many valid votes as the quorum asks for are enough."""
    ballot = await fan_out(ANKLE, LEVELS, quorum=4)

    assert valid(ballot["votes"]) == valid(votes_of(tape)) == 4


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("some_fail")
async def test_below_the_quorum_is_no_vote(tape):
    """Too few valid votes raise NoQuorum, with what was found, what was needed, and the tokens spent."""
    with pytest.raises(NoQuorum) as error:
        await fan_out(ANKLE, LEVELS, quorum=5)

    for number in (valid(votes_of(tape)), 5, tape.usage.total_tokens):
        assert str(number) in str(error.value)


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("one_hangs")
async def test_a_place_that_is_free_is_taken(tape):
    """One call that is never answered holds up its own place only: the others are made meanwhile."""
    votes = asyncio.create_task(fan_out(ANKLE, LEVELS, n=4, at_once=2))
    for _ in range(200):
        await asyncio.wait({votes}, timeout=0.01)
        if len(tape.calls) == 4:
            break
    votes.cancel()
    await asyncio.wait({votes})

    assert len(tape.calls) == 4


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("six_of_seven", scale=5.0)
async def test_cancelling_ends_the_calls(tape):
    """Who cancels the vote cancels its calls: none goes on in flight, and none begins."""
    votes = asyncio.create_task(fan_out(ANKLE, LEVELS, at_once=2))
    for _ in range(1000):
        await asyncio.wait({votes}, timeout=0.01)
        if len(tape.calls) == 2:
            break
    votes.cancel()
    with pytest.raises(asyncio.CancelledError):
        await votes
    await asyncio.sleep(0.1)

    assert len(tape.calls) == 2
    assert all(call.cancelled for call in tape.calls)


@pytest.mark.task(3)
@pytest.mark.parametrize("labels", [LEVELS, LEVELS[::-1], MOODS])
def test_most_votes_win(labels):
    """The winner has the most votes, wherever it stands in the set, and every label's support is told."""
    for label in labels:
        votes = [*labels, label, None, label]
        result = majority(votes, labels)

        assert result["winner"] == label
        assert result["support"] == {each: votes.count(each) for each in labels}


@pytest.mark.task(3)
def test_confidence_is_a_share_of_the_valid_votes():
    """Abstentions support nobody and oppose nobody: three of four valid votes are 0.75, whoever abstains."""
    votes = ["home", "home", "emergency", "home"]
    for abstained in range(4):
        result = majority([None] * abstained + votes, LEVELS)

        assert result["confidence"] == pytest.approx(3 / 4)
        assert result["winner"] == "home"


@pytest.mark.task(3)
@pytest.mark.parametrize("labels", [LEVELS, LEVELS[::-1], ["home", "emergency", "appointment"]])
def test_a_tie_goes_to_the_first_label(labels):
    """Equal support: the label that stands first in the set wins, whichever vote came first."""
    for pair in itertools.combinations(labels, 2):
        assert majority([pair[1], pair[0]], labels)["winner"] == pair[0]
        assert majority([pair[0], None, pair[1]], labels)["winner"] == pair[0]


@pytest.mark.task(3)
def test_the_order_of_the_votes_decides_nothing():
    """The same votes in any order give the same result, weights included, to the last digit."""
    shuffled = random.Random(5)
    pairs = [(shuffled.choice([*LEVELS, None]), shuffled.random()) for _ in range(40)]
    first = majority([vote for vote, _ in pairs], LEVELS, [mass for _, mass in pairs])
    for _ in range(10):
        shuffled.shuffle(pairs)

        assert majority([vote for vote, _ in pairs], LEVELS, [mass for _, mass in pairs]) == first


@pytest.mark.task(3)
@pytest.mark.parametrize("votes", [[], [None, None]], ids=["empty", "abstentions"])
def test_without_votes_nobody_wins(votes):
    """No valid vote: no winner, confidence 0, and no division by zero."""
    assert majority(votes, LEVELS) == {
        "winner": None, "confidence": 0, "support": dict.fromkeys(LEVELS, 0)}  # fmt: skip
    assert majority([*votes, "home"], LEVELS, [0.0] * (len(votes) + 1))["winner"] is None


@pytest.mark.task(3)
def test_weights_outweigh_numbers():
    """With weights, two sure votes beat three unsure ones, and the confidence is a share of the weights."""
    votes, weights = (
        ["home", "appointment", "home", None, "appointment", "home"],
        [0.3, 0.9, 0.2, 1.0, 0.7, 0.4],
    )
    result = majority(votes, LEVELS, weights)

    assert majority(votes, LEVELS)["winner"] == "home"
    assert result["winner"] == "appointment"
    assert result["support"] == {
        "emergency": 0,
        "appointment": pytest.approx(1.6),
        "home": pytest.approx(0.9),
    }
    assert result["confidence"] == pytest.approx(1.6 / 2.5)


@pytest.mark.task(3)
def test_a_last_digit_breaks_no_tie():
    """0.1 and 0.2 against 0.3 is a tie, although floats make it 0.30000000000000004: the safer label wins."""
    result = majority(["home", "home", "emergency"], LEVELS, [0.1, 0.2, 0.3])

    assert result["winner"] == "emergency"
    assert result["confidence"] == pytest.approx(0.5)


@pytest.mark.task(4)
@pytest.mark.parametrize("provider", ["openai", "deepseek", "anthropic", "llama"])
def test_logprobs_are_asked_of_models_that_have_them(provider):
    """`logprobs` goes to a model whose capabilities have it; any other would refuse the call."""
    has = capabilities(model("fast", provider)).logprobs

    assert extras(provider) == ({"logprobs": True} if has else {})


@pytest.mark.task(4)
@pytest.mark.parametrize("chances", [[0.5], [0.9, 0.8, 0.5], [1.0, 1.0], [0.001, 0.01]])
def test_a_weight_is_the_probability_of_the_reply(chances):
    """The logarithms add up to that of the product: the weight is the probability of all tokens together."""
    assert weight([math.log(chance) for chance in chances]) == pytest.approx(math.prod(chances))


@pytest.mark.task(4)
def test_without_logprobs_a_vote_weighs_one():
    """A reply without logprobs is a vote like any other: it weighs 1."""
    assert weight(None) == 1


@pytest.mark.task(4, needs=[1, 2])
@pytest.mark.cassette("unsure")
async def test_votes_weigh_what_their_logprobs_say(tape):
    """With `weighted`, each vote has the probability of its own reply as its weight."""
    ballot = await fan_out(DIZZY, LEVELS, n=5, at_once=1, provider="deepseek", weighted=True)

    assert ballot["votes"] == votes_of(tape)
    assert ballot["weights"] == pytest.approx(masses_of(tape))
    assert {call.provider for call in tape.calls} == {"deepseek"}


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.cassette("unsure")
async def test_a_sure_minority_can_win(tape):
    """Three unsure votes lose to two sure ones; the same votes, counted by heads, go the other way."""
    ballot = await fan_out(DIZZY, LEVELS, n=5, provider="deepseek", weighted=True)

    by_weight = majority(ballot["votes"], LEVELS, ballot["weights"])
    heads, masses = votes_of(tape), masses_of(tape)
    sums = {
        label: sum(mass for vote, mass in zip(heads, masses, strict=True) if vote == label)
        for label in LEVELS
    }
    assert by_weight["support"] == pytest.approx(sums)
    assert by_weight["winner"] == max(sums, key=sums.get)
    assert majority(ballot["votes"], LEVELS)["winner"] == best(heads)


@pytest.mark.task(4, needs=[1, 2])
@pytest.mark.cassette("moods")
async def test_a_model_without_logprobs_is_asked_without(tape):
    """Where the model has no logprobs, `weighted` sends nothing new, and every vote weighs 1."""
    ballot = await fan_out(REVIEW, MOODS, n=5, quorum=1, weighted=True)

    assert [call.body.get("logprobs") for call in tape.calls] == [None] * 5
    assert ballot["weights"] == [1] * 5


@pytest.mark.task(4, needs=[1, 2])
@pytest.mark.cassette("unweighted")
async def test_weights_are_asked_for_when_wanted(tape):
    """Without `weighted` no logprobs are sent, also where the model has them, and every vote weighs 1."""
    ballot = await fan_out(DIZZY, LEVELS, n=2, quorum=1, provider="deepseek")

    assert [call.body.get("logprobs") for call in tape.calls] == [None] * 2
    assert ballot["weights"] == [1] * 2


@pytest.mark.task(5, needs=[3])
def test_decided_is_what_no_vote_left_can_change():
    """Decided means that every way in which the votes left may fall, abstentions too, has the same winner."""
    for labels, most in ((LEVELS, 4), (LEVELS[::-1], 3), (MOODS[:2], 5)):
        for size in range(most + 1):
            for votes in itertools.combinations_with_replacement([*labels, None], size):
                for left in range(3):
                    told = decided([*votes], labels, left)
                    assert told == settled([*votes], labels, left), (votes, left)


@pytest.mark.task(5, needs=[3])
def test_the_safer_rival_needs_one_vote_less():
    """A rival that stands first wins a tie: four against none, with four left, is decided for it alone."""
    assert decided(["emergency"] * 4, LEVELS, 4) is True
    assert decided(["home"] * 4, LEVELS, 4) is False
    assert decided(["home"] * 4, LEVELS, 3) is True


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "at_once",
    [
        pytest.param(2, marks=pytest.mark.cassette("unanimous"), id="unanimous_twos"),
        pytest.param(3, marks=pytest.mark.cassette("unanimous"), id="unanimous_threes"),
        pytest.param(1, marks=pytest.mark.cassette("six_of_seven"), id="six_of_seven"),
        pytest.param(1, marks=pytest.mark.cassette("comeback"), id="comeback"),
        pytest.param(3, marks=pytest.mark.cassette("comeback"), id="comeback_threes"),
        pytest.param(2, marks=pytest.mark.cassette("split"), id="split"),
    ],
)
async def test_stops_as_soon_as_the_winner_is_decided(tape, at_once):
    """No further wave when the rest can change nothing, and no earlier: fewer calls, the same winner."""
    ballot = await stop_early(DIZZY, LEVELS, n=7, at_once=at_once, quorum=4)

    asked = calls_needed(votes_of(tape), 7, at_once, 4)
    assert len(tape.calls) == asked
    assert in_any_order(ballot["votes"]) == in_any_order(votes_of(tape)[:asked])
    assert best(ballot["votes"]) == best(votes_of(tape))


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("split")
@pytest.mark.parametrize("at_once", [3, 7, 20])
async def test_a_wave_keeps_the_limit(tape, at_once):
    """A wave has as many calls in flight as allowed, never more, and never more than `n` in all."""
    await stop_early(DIZZY, LEVELS, n=7, at_once=at_once, quorum=1)

    assert tape.peak == min(at_once, 7)
    assert len(tape.calls) <= 7


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("late_quorum")
async def test_a_lead_without_a_quorum_goes_on(tape):
    """A lead is not enough: while the quorum is missing it asks on, also with a winner that is decided."""
    ballot = await stop_early(ANKLE, LEVELS, n=5, at_once=1, quorum=3)

    assert len(tape.calls) == calls_needed_with_failures(tape, 5, 3)
    assert valid(ballot["votes"]) == 3
    assert ballot["failed"] == len(tape.calls) - len(answers(tape))


def calls_needed_with_failures(tape, n, quorum):
    """As `calls_needed`, one by one, where a failed call is a vote that is gone."""
    votes = [said(step.reply) if step.reply.status == 200 else None for step in tape.steps]
    return calls_needed(votes, n, 1, quorum)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("gaps")
@pytest.mark.parametrize("quorum", [3, 5])
async def test_a_missing_vote_is_gone_for_good(tape, quorum):
    """A failed call and an abstention are votes that nobody can cast any more, and none of a quorum."""
    await stop_early(ANKLE, LEVELS, n=7, at_once=1, quorum=quorum)

    assert len(tape.calls) == calls_needed_with_failures(tape, 7, quorum)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("never_enough")
async def test_early_or_not_a_quorum_is_needed(tape):
    """When all calls are made and the quorum is missing, that is NoQuorum, as without stopping early."""
    with pytest.raises(NoQuorum) as error:
        await stop_early(ANKLE, LEVELS, n=5, at_once=2, quorum=3)

    assert len(tape.calls) == 5
    assert str(tape.usage.total_tokens) in str(error.value)


@pytest.mark.task(6)
@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("I have chest pain since this morning.", "chest pain"),
        ("CHEST PAIN", "chest pain"),
        ("Bad chest-pain when I climb stairs", "chest pain"),
        ("chest pian and I am sweating", "chest pain"),
        ("my chst pain is back", "chest pain"),
        ("severe bleding from the hand", "severe bleeding"),
        ("his speech: slurrred speech since noon", "slurred speech"),
        ("She passed out twice", "passed out"),
        ("troubel breathing at night", "trouble breathing"),
        ("a chst pian that will not go", "chest pain"),
        ("There is this chest\npain again", "chest pain"),
        ("Trouble breathing, and chest pain", "chest pain"),
    ],
)
def test_a_red_flag_is_found(text, flag):
    """Case, a hyphen and a slip of the finger do not hide a red flag: frightened people mistype."""
    assert red_flag(text) == flag


@pytest.mark.task(6)
@pytest.mark.parametrize(
    "text",
    ["No chest pain.", "no fever or chest pain", "She denies any chest pain", "denied severe bleeding",
     "a cough without trouble breathing", "I have never passed out", "It is not chest pain"],
)  # fmt: skip
def test_a_denied_red_flag_is_none(text):
    """What a text denies, up to three words before, it does not report: "no chest pain" is good news."""
    assert red_flag(text) is None


@pytest.mark.task(6)
@pytest.mark.parametrize(
    "text",
    ["No fever, chest pain since noon", "No cough. Chest pain.", "no fever but chest pain",
     "No chest pain at rest, but chest pain on the stairs", "no\nchest pain", "not sure: it is chest pain",
     "No appetite for two days now chest pain", "chest pain and no appetite",
     "Fever? No - chest pain since noon", "no sleep last night chest pain", "No! Chest pain",
     "Not sure: chest pain", "no fever; chest pain", "It is as bad as ever, ever chest pain"],
)  # fmt: skip
def test_doubt_is_a_red_flag(text):
    """A denial reaches three words ahead, and ends at punctuation, a dash, a new line or a "but"."""
    assert red_flag(text) == "chest pain"


@pytest.mark.task(6)
def test_other_words_are_no_red_flag():
    """A red flag is its words, whole and side by side: "painting" is no pain."""
    for text in NO_FLAGS:
        assert red_flag(text) is None


@pytest.mark.task(6)
@pytest.mark.parametrize("flag", FLAGS)
async def test_a_rule_decides_without_a_model(path, flag):
    """A red flag is an emergency at once: no call, no cost, and a line in the audit all the same."""
    decision = await triage("A-1", f"Since an hour: {flag}!", path)

    [line] = rows(path, "audit")
    assert (decision["who"], decision["label"], decision["flagged"]) == ("rule", "emergency", False)
    assert (line["case_id"], line["who"], line["label"]) == ("A-1", "rule", "emergency")
    assert Decimal(line["dollars"]) == Decimal(decision["dollars"]) == decision["confidence"] == 0
    assert decision["support"] == {}
    assert flag in line["why"]
    assert rows(path, "review") == []


@pytest.mark.task(6, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DIZZY, marks=pytest.mark.cassette("unanimous"), id="unanimous"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("six_of_seven"), id="six_of_seven"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("five_of_seven"), id="five_of_seven"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("split"), id="split"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("tied"), id="tied"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("five_and_no_more"), id="five_and_no_more"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("four_and_no_more"), id="four_and_no_more"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("nearly_silent"), id="nearly_silent"),
    ],
)
async def test_the_gates_are_at_six_and_five_of_seven(tape, path, text):
    """Six of the seven decide, five decide with a flag, four go to a person; missing votes support nobody."""
    decision = await triage("B-2", text, path)

    votes = votes_of(tape)
    most = votes.count(best(votes))
    assert len(tape.calls) == 7
    assert decision["who"] == ("vote" if most >= 5 else "person")
    assert decision["label"] == (best(votes) if most >= 5 else None)
    assert decision["flagged"] == (most == 5)


@pytest.mark.task(6, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DIZZY, marks=pytest.mark.cassette("five_and_no_more"), id="five_and_no_more"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("split"), id="split"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("nearly_silent"), id="nearly_silent"),
    ],
)
async def test_one_line_of_audit_for_every_decision(tape, path, text):
    """Whoever decides, the audit has one line: who, what, why, the votes, the confidence and the cost."""
    decision = await triage("C-3", text, path)

    [line] = rows(path, "audit")
    votes = votes_of(tape)
    assert decision["support"] == json.loads(line["support"]) == {each: votes.count(each) for each in LEVELS}
    assert line["confidence"] == pytest.approx(votes.count(best(votes)) / valid(votes))
    assert Decimal(line["dollars"]) == Decimal(decision["dollars"]) == tape.cost > 0
    assert [line[name] for name in ("case_id", "who", "label", "flagged")] == ["C-3", decision["who"],
           decision["label"], decision["flagged"]]  # fmt: skip
    assert line["why"]
    assert {text in call.messages[-1]["content"] for call in tape.calls} == {True}


@pytest.mark.task(6, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DIZZY, marks=pytest.mark.cassette("four_and_no_more"), id="four_and_no_more"),
        pytest.param(DIZZY, marks=pytest.mark.cassette("nearly_silent"), id="nearly_silent"),
    ],
)
async def test_what_nobody_decided_waits_for_a_person(tape, path, text):
    """A split vote and a missing quorum end in the review queue, in the file, for every program to read."""
    decision = await triage("D-4", text, path)

    [waiting] = rows(path, "review")
    assert (waiting["case_id"], waiting["text"]) == ("D-4", text)
    assert waiting["why"] == decision["why"] != ""
    assert len(tape.calls) == 7


@pytest.mark.task(6, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ANKLE, marks=pytest.mark.cassette("six_of_seven"), id="six_of_seven"),
        pytest.param(ANKLE, marks=pytest.mark.cassette("five_of_seven"), id="five_of_seven"),
    ],
)
async def test_a_decided_case_waits_for_nobody(path, text):
    """What the vote decides is not queued, flagged or not: people are for the cases that need them."""
    await triage("E-5", text, path)

    assert rows(path, "review") == []


@pytest.mark.task(6, needs=[1, 2, 3])
@pytest.mark.cassette("three_splits")
async def test_a_case_waits_once_and_keeps_its_place(tape, path):
    """Whoever asks again is not queued twice: the place stays, the text is the newest, the audit has all."""
    for case, text in (("first", DIZZY), ("second", ANKLE), ("first", f"{DIZZY} It is getting worse.")):
        await triage(case, text, path)
    await triage("second", "Now I have chest pain.", path)

    assert [(row["case_id"], row["text"]) for row in rows(path, "review")] == [
        ("first", f"{DIZZY} It is getting worse."), ("second", ANKLE)]  # fmt: skip
    assert [line["case_id"] for line in rows(path, "audit")] == ["first", "second", "first", "second"]
    assert len(tape.calls) == 21


@pytest.mark.task(6, needs=[1, 2, 3])
@pytest.mark.cassette("split")
@pytest.mark.parametrize("table", ["review", "audit"])
async def test_audit_and_queue_are_written_together(path, table):
    """When one of them cannot be written, the other tells nothing either: all is written, or nothing."""
    with closing(sqlite3.connect(path)) as store:
        store.executescript(SCHEMA + FULL.format(table))
    with pytest.raises(Exception, match="disk is full"):
        await triage("F-6", DIZZY, path)

    assert rows(path, "audit") == rows(path, "review") == []


@pytest.mark.task(6)
async def test_decisions_made_together_are_all_kept(path):
    """Many cases at once lose no line, and those that were there before stay."""
    await triage("before", "chest pain", path)
    await asyncio.gather(*(triage(f"case {n}", "slurred speech", path) for n in range(8)))

    told = [line["case_id"] for line in rows(path, "audit")]
    assert told[0] == "before"
    assert sorted(told[1:]) == [f"case {n}" for n in range(8)]
