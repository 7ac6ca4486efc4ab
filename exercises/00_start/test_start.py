"""Grades 00_start: the loop itself."""

from __future__ import annotations

import pytest
from start import ask, tell

LIMITS = {"max_tokens", "max_completion_tokens", "stop"}
NAME = "My name is Ada."
WHO = "What is my name?"
TURNS = [
    NAME,
    "My nightly job stopped. What should I look at?",
    "The worker's log ends in the middle of a line.",
    "It was the memory limit. What now?",
    "It still climbs. How do I keep it small?",
    "Thank you. Who am I, and what was it about?",
]


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def sent(call):
    """The messages of a call, as the provider received them."""
    return [{"role": m["role"], "content": m["content"]} for m in call.messages]


@pytest.mark.task(1)
@pytest.mark.cassette("hello")
def test_returns_the_words_of_the_reply(tape):
    """What comes back is what the model said: the words alone, and all of them."""
    words = ask([user(NAME)])

    assert words == tape.steps[0].reply.text


@pytest.mark.task(1)
@pytest.mark.cassette("hello")
def test_sends_the_messages_as_they_are(tape):
    """The model gets the messages that were given, and nothing else."""
    ask([user(NAME)])

    assert [sent(call) for call in tape.calls] == [[user(NAME)]]


@pytest.mark.task(1)
@pytest.mark.cassette("hello")
def test_asks_for_the_whole_reply(tape):
    """No limit is sent: it would cut the reply short."""
    ask([user(NAME)])

    assert [sorted(call.body.keys() & LIMITS) for call in tape.calls] == [[]]


@pytest.mark.task(1)
@pytest.mark.cassette("hello")
def test_asks_the_fast_tier_once(tape):
    """One question is one call, to the fast tier: this one is easy enough."""
    ask([user(NAME)])

    assert [call.tier for call in tape.calls] == ["fast"]


@pytest.mark.task(1)
@pytest.mark.cassette("busy")
def test_a_busy_provider_is_asked_again(tape):
    """A 429 means "later": the SDK asks again by itself."""
    words = ask([user(NAME)])

    assert words == tape.steps[-1].reply.text


@pytest.mark.task(1)
@pytest.mark.cassette("locked")
def test_a_refusal_is_no_reply():
    """A wrong key is raised: kind words would pass for a reply."""
    with pytest.raises(Exception):  # noqa: B017 - whose error it is depends on the client
        ask([user(NAME)])


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("conversation")
def test_a_conversation_ends_with_the_reply(tape):
    """After one turn the conversation holds what the user said and what the model replied."""
    talk = tell([], NAME)

    assert talk == [user(NAME), assistant(tape.steps[0].reply.text)]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("conversation")
def test_the_second_call_sends_the_first_turn(tape):
    """The model remembers nothing: the second call sends both sides of the first turn again."""
    talk = tell(tell([], NAME), WHO)

    assert sent(tape.calls[1]) == talk[:3]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("conversation")
def test_the_conversation_grows_by_two_each_turn(tape):
    """Each turn adds one message of the user and one of the model, in that order."""
    talk = tell(tell([], NAME), WHO)

    replies = [step.reply.text for step in tape.steps[:2]]
    assert talk == [user(NAME), assistant(replies[0]), user(WHO), assistant(replies[1])]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("conversation")
def test_the_list_given_stays_as_it_is(tape):
    """A turn returns a new list and loses nothing of the old one, which stays as it was."""
    before = [{"role": "system", "content": "Answer in one sentence."}]
    kept = [dict(message) for message in before]

    after = tell(before, NAME)

    assert before == kept
    assert after[:-1] == [*kept, user(NAME)]
    assert sent(tape.calls[0]) == after[:-1]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("two_conversations")
def test_two_conversations_know_nothing_of_each_other(tape):
    """A conversation is the list that you pass on, and nothing else: a new list knows no name."""
    tell([], NAME)
    talk = tell([], WHO)

    assert talk == [user(WHO), assistant(tape.steps[1].reply.text)]
    assert sent(tape.calls[1]) == [user(WHO)]


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("six_turns")
def test_every_turn_sends_all_that_was_said(tape):
    """The sixth call sends the five turns before it: memory is what you pay to send again."""
    talk = []
    for text in TURNS:
        talk = tell(talk, text)

    assert [len(call.messages) for call in tape.calls] == [1, 3, 5, 7, 9, 11]
