"""The submission's end of the pipe: reads frames in one thread, writes them from any, and knows who waits."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from grader.grade.protocol import LENGTH, length, pack, unpack

Message = dict[str, Any]
Deliver = Callable[[Message], object]


class Wire:
    """Frames in and out. `routes` holds, for each question asked, who takes the answers."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink
        self.routes: dict[int, Deliver] = {}
        self._last, self._lock = 0, threading.Lock()

    @classmethod
    def take_over(cls) -> Wire:
        """Move the pipe away from the standard streams, so that `print` and `input` cannot reach it."""
        source, sink = os.dup(0), os.dup(1)
        for stream, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
            nothing = os.open(os.devnull, flags)
            os.dup2(nothing, stream)
            os.close(nothing)
        return cls(source, sink)

    def send(self, message: Message) -> None:
        """Write one frame; a grader that is gone ends this process."""
        frame = pack(message)
        with self._lock:
            self._write(frame)

    def ask(self, message: Message, deliver: Deliver) -> int:
        """Write a question under a new number, whose answers go to `deliver`; returns the number.

        Numbering and writing are one step: the grader takes a number that does not grow for a forgery.
        """
        with self._lock:
            self._last += 1
            self.routes[self._last] = deliver
            try:
                self._write(pack({**message, "id": self._last}))
            except BaseException:
                del self.routes[self._last]
                raise
            return self._last

    def forget(self, number: int) -> None:
        """Whatever still arrives for this question is dropped."""
        self.routes.pop(number, None)

    def read(self, take: Callable[[Message], None]) -> None:
        """Hand answers to those who wait and everything else to `take`, until the grader hangs up."""
        while True:
            message = unpack(self._exactly(length(self._exactly(LENGTH.size))))
            number = message.get("id")
            if number is None:
                take(message)
            elif number in self.routes:
                with suppress(RuntimeError):  # the event loop that waited has been closed since
                    self.routes[number](message)

    def _write(self, frame: bytes) -> None:
        left = memoryview(frame)
        try:
            while left:
                left = left[os.write(self.sink, left) :]
        except OSError:
            os._exit(0)

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = os.read(self.source, size - len(data))
            if not part:
                os._exit(0)
            data += part
        return bytes(data)
