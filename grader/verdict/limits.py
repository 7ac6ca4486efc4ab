"""No check hangs the terminal: a time limit that ends endless loops, also those that swallow exceptions.

Three lines of defence, each for what the one before it cannot reach:
1. a signal (POSIX) or an exception set from a thread (elsewhere) raises `TimeUp` in the running code, and
   again every half second, because a bare `except:` in a loop swallows the first ones;
2. after `GRACE` seconds more, a thread says what happened and ends the process;
3. code that never lets go of the interpreter starves that thread: faulthandler, in C, says where and ends it.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

SECONDS = 10.0  # per check; replay takes milliseconds, so only a loop or a real sleep gets here
LOADING = 30.0  # for importing a module: an SDK takes a second here, and many on a cold disk
AGAIN = 0.5
GRACE = 5.0


_terminal: int | None = None
leave_process = os._exit


def keep_terminal() -> None:
    """Keep a way to the terminal for the third line, because pytest's capture puts itself between."""
    global _terminal
    if _terminal is None:
        with contextlib.suppress(OSError):
            _terminal = os.dup(2)


class TimeUp(BaseException):
    """The time limit has passed; not an Exception, so that `except Exception` in a loop does not take it."""

    kind = "slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"It was still running after {seconds:g} s.")
        self.seconds = seconds
        self.remote_place: tuple[str, int, str] | None = None  # where it was, for one made in another thread


@contextlib.contextmanager
def limit(
    seconds: float,
    last_words: Callable[[], None] | None = None,
    *,
    insist: bool = True,
    signals: bool = True,
) -> Iterator[None]:
    """Raise TimeUp within this block once `seconds` have passed, until it ends, and again after its end.

    `last_words` runs in a thread when the block does not end even so; it should report and leave the process.
    Without `insist`, a block that took TimeUp as its own result is not made to raise it again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    use_signals = signals and hasattr(signal, "setitimer")
    interrupt = _by_signal if use_signals else _by_thread
    rung: list[TimeUp] = []
    with _last_resort(seconds + GRACE, last_words), interrupt(seconds, rung):
        yield
    if rung and insist:
        raise rung[0]  # the first one knows where the time ran out


@contextlib.contextmanager
def staying() -> Iterator[None]:
    """Within it, `os._exit` raises SystemExit: it would end the session without a word."""
    here = os.getpid()

    def refuse(status: int) -> None:
        if os.getpid() != here:  # a forked child may leave as it likes
            leave_process(status)
        raise SystemExit(f"os._exit({status})")

    os._exit = refuse  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = leave_process


@contextlib.contextmanager
def _by_signal(seconds: float, rung: list[TimeUp]) -> Iterator[None]:
    armed = True

    def ring(_number: int, _frame: FrameType | None) -> None:
        if armed:
            rung.append(TimeUp(seconds))
            raise rung[-1]

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        armed = False  # first: a signal between here and the next line must not raise outside the block
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_thread(seconds: float, rung: list[TimeUp]) -> Iterator[None]:
    """Where there is no SIGALRM (Windows): ends Python code, but not a sleep inside C (that is line 2)."""
    target, done, lock = threading.get_ident(), threading.Event(), threading.Lock()
    # CPython takes a class here, and makes the instance itself.
    kind = type("TimeUp", (TimeUp,), {"__init__": lambda self: TimeUp.__init__(self, seconds)})

    def ring() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    rung.append(TimeUp(seconds))
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), ctypes.py_object(kind))
            wait = AGAIN

    threading.Thread(target=ring, daemon=True, name="grader-limit").start()
    try:
        yield
    finally:
        with lock:
            done.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), None)


@contextlib.contextmanager
def _last_resort(seconds: float, last_words: Callable[[], None] | None) -> Iterator[None]:
    if last_words is None:
        yield
        return
    if _terminal is not None:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=_terminal)
    try:
        with _watchdog.over(seconds, last_words):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


class _Watchdog:
    """The second line's thread: one per process, so that no check seems to have threads of its own."""

    def __init__(self) -> None:
        self.process = 0

    @contextlib.contextmanager
    def over(self, seconds: float, last_words: Callable[[], None]) -> Iterator[None]:
        """Run `last_words` if this block has not ended after so many seconds."""
        if self.process != os.getpid():
            self._start()  # also in a forked child, which inherits no thread
        watched = (time.monotonic() + seconds, last_words)
        with self.changed:
            self.blocks.append(watched)
            self.changed.notify()
        try:
            yield
        finally:
            with self.changed, contextlib.suppress(ValueError):
                self.blocks.remove(watched)

    def _start(self) -> None:
        self.process = os.getpid()
        self.changed = threading.Condition()
        self.blocks: list[tuple[float, Callable[[], None]]] = []
        threading.Thread(target=self._watch, daemon=True, name="grader-limit").start()

    def _watch(self) -> None:
        while True:
            with self.changed:
                block = min(self.blocks, key=lambda block: block[0], default=None)
                if block is None or block[0] > time.monotonic():
                    self.changed.wait(block and block[0] - time.monotonic())
                    continue
                self.blocks.remove(block)
            block[1]()


_watchdog = _Watchdog()
