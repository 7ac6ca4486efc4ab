"""The time limit: it ends what runs on, and leaves alone what ends by itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress

import pytest

from grader.verdict import limits
from grader.verdict.limits import TimeUp, limit, staying

WAYS = pytest.mark.parametrize("signals", [True, False], ids=["signal", "thread"])


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(limits, "AGAIN", 0.05)


def spin(seconds=5):
    """Without a limit this ends too, so that a broken limit fails a test and does not hang it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.001)
    pytest.fail("nothing rang")


@WAYS
def test_an_endless_loop_ends(signals):
    """`except Exception` in the loop does not take it."""

    def stubborn():
        while True:
            try:
                spin()
            except Exception:
                continue

    with pytest.raises(TimeUp, match=r"still running after 0\.1 s"), limit(0.1, signals=signals):
        stubborn()


@WAYS
def test_it_rings_until_a_bare_except_is_tired(signals):
    """Three swallowed rings, then the fourth gets through."""
    swallowed = []

    def very_stubborn():
        while True:
            try:
                spin()
            except TimeUp:
                swallowed.append(True)
                if len(swallowed) == 4:
                    raise

    with pytest.raises(TimeUp), limit(0.1, signals=signals):
        very_stubborn()
    assert len(swallowed) == 4


@WAYS
def test_a_swallowed_limit_counts_even_if_the_code_ends(signals):
    """Late is late."""

    def late():
        try:
            spin()
        except BaseException:
            return

    with pytest.raises(TimeUp), limit(0.1, signals=signals):
        late()
    with limit(0.1, insist=False, signals=signals):
        late()


@WAYS
def test_what_ends_in_time_is_left_alone(signals):
    """Nothing rings afterwards either."""
    with limit(0.2, signals=signals):
        time.sleep(0.01)
    time.sleep(0.4)


def test_a_sleep_in_c_ends_too():
    """A signal interrupts what Python waits for in C."""
    begun = time.monotonic()

    with pytest.raises(TimeUp), limit(0.1):
        threading.Event().wait(30)
    assert time.monotonic() - begun < 10


def test_the_handler_before_comes_back():
    """A check leaves no handler behind."""
    before = signal.getsignal(signal.SIGALRM)

    with limit(5):
        assert signal.getsignal(signal.SIGALRM) is not before
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_last_words_are_said_when_nothing_else_helps(monkeypatch):
    """A thread speaks while the code goes on."""
    monkeypatch.setattr(limits, "GRACE", 0.1)
    said = threading.Event()

    def deaf():
        end = time.monotonic() + 10
        while not said.is_set() and time.monotonic() < end:
            try:
                spin()
            except BaseException:
                continue

    with pytest.raises(TimeUp), limit(0.1, said.set):
        deaf()
    assert said.is_set()


def test_leaving_the_process_is_refused_but_a_child_may():
    """`os._exit(0)` would end the session with nothing said and exit code 0."""
    with staying():
        with pytest.raises(SystemExit, match=r"os._exit\(0\)"):
            os._exit(0)
        child = os.fork()
        if child == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert os._exit is limits.leave_process


def test_no_check_seems_to_have_threads_of_its_own():
    """One watching thread serves all checks: it is there before the second one begins."""
    with limit(5, spin):
        there = threading.active_count()
    with limit(5, spin), limit(5, spin):
        assert threading.active_count() == there


def test_of_two_blocks_the_late_one_is_told(monkeypatch):
    """The block around it has time left: its last words stay unsaid."""
    monkeypatch.setattr(limits, "GRACE", 0.1)
    said = []

    def deaf():
        for _ in range(10):
            with suppress(BaseException):
                spin(0.1)

    with limit(5, lambda: said.append("outer")):
        try:
            with limit(0.1, lambda: said.append("inner")):
                deaf()
        except TimeUp:
            said.append("ended")

    assert said == ["inner", "ended"]
