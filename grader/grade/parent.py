"""The grader's end of the pipe: starts a submission's process, asks it, and trusts nothing that it says.

One background thread reads every frame, checks it and hands it to whoever asked.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache
from typing import Any, Protocol

from grader.grade import sandbox
from grader.grade.protocol import LENGTH, Violation, checked, length, pack, unpack
from grader.grade.raising import SubmissionGone
from grader.grade.sandbox import Room
from grader.verdict import network

Message = dict[str, Any]
WAITING = 32 << 20  # bytes that a process may leave unread before it counts as hung
MOST = 64 << 20  # bytes that a process may say in one check
MESSAGE = 1 << 10  # bytes that a message of any size costs us at least
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    **{name: network.PLACEHOLDERS[name] for name in network.KEYS},
}


class Host(Protocol):
    """What a child tells about: its messages, and its end. Called in the reading thread."""

    def take(self, child: Child, message: Message) -> None: ...

    def lost(self, child: Child, reason: BaseException) -> None: ...


@cache
def reading_loop() -> asyncio.AbstractEventLoop:
    """The event loop of the one background thread that reads pipes and answers HTTP requests."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="submissions", daemon=True).start()
    return loop


class Child:
    """A submission's process. `send` may be called from any thread; messages arrive at the host."""

    def __init__(self, host: Host, room: Room) -> None:
        self.host, self.dead = host, False
        self.last = 0  # the number of the newest question from the process
        self.heard = 0  # bytes since the check began
        argv = [sys.executable, "-I", "-B", "-m", "grader.grade.child"]
        self.process = sandbox.start(
            argv,
            room,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**ENVIRONMENT, "HOME": str(room.scratch), "TMPDIR": str(room.scratch), **_same("TZ")},
            start_new_session=True,
        )
        self._sink: asyncio.WriteTransport | None = None
        self._early: list[bytes] = []
        # Kept, because an event loop holds its tasks weakly: an unreferenced reader would be collected.
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(), reading_loop())

    def send(self, message: Message) -> None:
        """Write a frame without waiting for the process to read it."""
        frame = pack(message)
        reading_loop().call_soon_threadsafe(self._write, frame)

    def kill(self) -> None:
        """End the process and everything in its process group; it says nothing more."""
        if self.dead:  # its number may belong to somebody else by now
            return
        self.dead = True
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def join(self) -> None:
        """Wait until a killed process's pipes are closed, in any thread but the reading one."""
        with suppress(TimeoutError, CancelledError):
            self._serving.result(1)

    def _write(self, frame: bytes) -> None:
        if self._sink is None:
            self._early.append(frame)
        elif not self.dead and not self._sink.is_closing():
            self._sink.write(frame)
            if self._sink.get_write_buffer_size() > WAITING:
                self._end(Violation("it stopped reading"))

    async def _serve(self) -> None:
        """Read frames until the process ends or breaks a rule."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        source, _ = await loop.connect_read_pipe(lambda: protocol, self.process.stdout)
        self._sink, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self.process.stdin)
        for frame in self._early:
            self._sink.write(frame)
        try:
            while not self.dead:
                body = await reader.readexactly(length(await reader.readexactly(LENGTH.size)))
                self.heard += len(body) + MESSAGE
                if self.heard > MOST:
                    raise Violation(f"it said more than {MOST >> 20} MB in one check")
                self._take(checked(unpack(body)))
        except asyncio.IncompleteReadError:
            if not self.dead:
                self._end(SubmissionGone(_last_words(self.process)))
        except Exception as reason:
            self._end(reason)
        finally:
            source.close()
            if not self._sink.is_closing():
                self._sink.abort()

    def _take(self, message: Message) -> None:
        """Questions carry numbers that grow: a repeated one is a forgery or a fault."""
        if message["kind"] in ("callback", "http"):
            if message["id"] <= self.last:
                raise Violation("it asked two questions under one number")
            self.last = message["id"]
        if not self.dead:
            self.host.take(self, message)

    def _end(self, reason: BaseException) -> None:
        if self.dead:
            return
        self.kill()
        if isinstance(reason, Violation):
            reason = SubmissionGone(f"The submission's process broke the protocol: {reason}.")
        self.host.lost(self, reason)


def _last_words(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(1)
    except subprocess.TimeoutExpired:
        return "The submission closed its side of the pipe before it answered."
    signalled = -code if code < 0 else code - 128  # through walls, a shell's way of telling it
    how = f"by signal {signalled}" if signalled > 0 else f"with exit code {code}"
    return f"The submission's process ended {how} before it answered. An exit code counts for nothing."


def _same(name: str) -> dict[str, str]:
    return {name: os.environ[name]} if name in os.environ else {}


def nonce() -> str:
    """A fresh mark that binds an answer to its question."""
    return secrets.token_hex(8)
