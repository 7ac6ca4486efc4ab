"""Grades 42_reply."""

from random import randint

import pytest
from reply import NoNumber, aloud, ask, number, patient, vote

QUESTION = "How many eggs are two dozen?"


@pytest.mark.task(1)
def test_reads_the_last_number():
    """The last number counts."""
    wanted = randint(1000, 9999)

    assert number(f"{wanted + 1}, no: {wanted}.") == wanted


@pytest.mark.task(1)
def test_no_number_is_an_error():
    """Text without a number raises NoNumber, which holds the text."""
    with pytest.raises(NoNumber) as error:
        number("none")

    assert error.value.text == "none"


@pytest.mark.task(2)
@pytest.mark.cassette("eggs")
def test_asks_once(tape):
    """One call, whose words come back."""
    reply = ask(QUESTION)

    assert reply == {"said": tape.steps[0].reply.text, "number": 24}
    assert len(tape.calls) == 1


@pytest.mark.task(2)
@pytest.mark.cassette("eggs")
def test_waits_before_it_asks(tape):
    """The pause goes through the callable that was passed."""
    pauses = []
    patient(QUESTION, pauses.append)

    assert pauses == [1.0]
    assert len(tape.calls) == 1


@pytest.mark.task(3)
@pytest.mark.cassette("five_times")
@pytest.mark.parametrize("at_once", [5, 2])
async def test_votes_at_once(tape, at_once):
    """Five calls, so many of them in flight."""
    assert await vote(QUESTION, 5, at_once) == 24
    assert tape.peak == at_once


@pytest.mark.task(4)
@pytest.mark.cassette("aloud")
async def test_speaks_as_it_reads(tape):
    """Each piece is passed on, and whoever stops listening stops the call."""
    words = aloud(QUESTION)
    first = [await anext(words), await anext(words)]
    await words.aclose()

    assert first == ["two ", "dozen "]
    assert tape.calls[0].cancelled
