"""Hours in seconds: an event loop whose clock stands still while anybody works, and jumps while all wait.

Client and stand-in share one thread and speak HTTP over a real socket.
Whenever nothing is left to do but to wait, the clock is set to the moment that the earliest one waits for.
So a latency is the sum of the stated waits and nothing else: the same on every machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

LONG = 1.0  # seconds after which something that never arrived is given up, and the clock moves on


class Leaping(asyncio.SelectorEventLoop):
    """The loop: `time()` starts at zero and knows only what was waited for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.busy = 0  # calls that are on their way, and threads at work: the clock stands still
        super().__init__(Selector(self))

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Executor | None, func: Any, *args: Any) -> Any:  # type: ignore[override]
        """Real work in a thread takes no time."""
        self.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda _: self.at_rest())
        return future

    def at_rest(self) -> None:
        self.busy -= 1

    @contextmanager
    def working(self) -> Iterator[None]:
        """Within it the clock stands still."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within it somebody who is counted as working waits."""
        self.busy -= 1
        try:
            yield
        finally:
            self.busy += 1


class Selector(selectors.DefaultSelector):
    """Asks the sockets first; waits for nobody."""

    def __init__(self, loop: Leaping) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.loop.busy > 0:  # something is still on its way through the machine
            ready = super().select(LONG)
        if not ready and timeout is not None:
            self.loop.now += timeout
        return ready
