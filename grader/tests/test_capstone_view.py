"""What a terminal shows of a run: the same text streamed or not, 80 columns, no control characters."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.capstone.view import View, dollars, indented, printable

WORDS = st.text(max_size=200) | st.lists(
    st.sampled_from(["rate", "×", "ten-percent", "\u001b[31m", "a" * 90])
).map(" ".join)
STEPS = st.fixed_dictionaries(
    {
        "step_type": st.sampled_from(["analyze", "calculate", "verify", "final_answer"]),
        "thought": WORDS,
        "action": WORDS,
        "result": WORDS,
        "next_step_needed": st.booleans(),
    }
)


def shown(events):
    """Everything that a view writes for some events."""
    out = []
    view = View(out.append)
    for event in events:
        view(event)
    return "".join(out)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers(1, 40), st.booleans())
def test_a_streamed_step_looks_like_a_whole_one(step, size, escaped):
    """Wherever the stream is cut into pieces, the screen ends up with the same text."""
    reply = json.dumps(step, ensure_ascii=escaped)
    pieces = [{"event": "text", "piece": reply[at : at + size]} for at in range(0, len(reply), size)]
    done = {"event": "step", "number": 1, **step}

    assert shown([*pieces, done]) == shown([done])


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_lines_fit_and_hold_no_control_characters(step):
    """A reply can neither move the cursor nor leave its column; only words longer than a line are cut."""
    lines = shown([{"event": "step", "number": 1, **step}]).split("\n")

    assert all(len(line) <= 79 for line in lines)
    assert all(line.isprintable() for line in lines)


def test_a_streamed_thought_is_seen_while_it_is_written():
    """After half of the reply, half of the thought is on the screen."""
    out = []
    view = View(out.append)
    view({"event": "text", "piece": '{"step_type": "analyze", "thought": "Fifteen percent of some'})

    assert "".join(out) == " 1  analyze    Fifteen percent of"


def test_what_was_no_step_is_shown():
    """The beginning of the reply, on a few lines, without its control characters: whoever speaks is heard."""
    written = []
    view = View(written.append)

    view({"event": "call", "reply": "I am the stand-in.\x1b[2J " + "and so on " * 100})
    view({"event": "invalid", "reason": "broken", "asked_again": False})

    lines = "".join(written).splitlines()
    assert lines[1].strip().startswith("It said: I am the stand-in. [2J and so on")
    assert lines[-1].endswith("...")
    assert len(lines) < 7


def test_an_invalid_step_starts_the_next_one_afresh():
    """What was shown of an invalid reply stays, the reason follows on a line of its own."""
    text = shown(
        [
            {"event": "text", "piece": '{"step_type": "analyze", "thought": "One two three'},
            {"event": "invalid", "reason": "broken", "asked_again": True},
            {"event": "invalid", "reason": "broken", "asked_again": False},
        ]
    )

    assert text.splitlines()[0] == " 1  analyze    One two"
    assert text.splitlines()[1].strip() == "Not a valid step: broken. Asked again."
    assert text.splitlines()[2].strip() == "Not a valid step: broken."


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0.000208", "$0.00021"), ("0", "$0"), ("12", "$12"), ("1234.5", "$1200"), (None, "price unknown")],
)
def test_dollars_have_two_digits(amount, words):
    """Enough to compare runs, and never in scientific notation."""
    assert dollars(None if amount is None else Decimal(amount)) == words


def test_printable_keeps_words_and_drops_escapes():
    """An escape character becomes a space; letters of any language stay."""
    assert printable("a\x1b[31mb\n\n c é") == "a [31mb c é"
    assert indented("") == "\n"
