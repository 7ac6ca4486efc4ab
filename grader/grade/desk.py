"""Hands orders to a process that grades, one at a time, and takes from it only what it signed."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from grader.grade.job import mark
from grader.grade.protocol import LENGTH, Violation, length, unpack

JOB = (sys.executable, "-I", "-B", "-m", "grader.grade.job")
KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")  # no key of the instructor's reaches a submission
MOST = 200  # frames in one report


class Silent(Exception):
    """The process did not finish its report in time, or ended before."""


class Desk:
    """One grading process, started when it is first needed, and again after it has failed."""

    def __init__(self, job: tuple[str, ...] = JOB) -> None:
        self.job = job
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, order: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
        """What the process reports about one order. Raises Silent, or Violation for what it did not sign."""
        key, until = secrets.token_hex(16), time.monotonic() + seconds
        reports: list[dict[str, Any]] = []
        try:
            self._write(json.dumps({**order, "key": key}).encode() + b"\n")
            while "done" not in (report := signed(self._frame(until), key)):
                reports.append(report)
                if len(reports) > MOST:
                    raise Violation("it does not end")
        except BaseException:
            self.close()
            raise
        return reports

    def stop(self) -> None:
        """End the process and the fork that grades; whoever waits for a report hears that it has ended."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Stop, and let go of the process: the next order gets a new one."""
        self.stop()
        if self.process is not None:
            self.process.communicate()
        self.process = None

    def _write(self, line: bytes) -> None:
        if self.process is None:
            self.process = subprocess.Popen(
                self.job,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in KEPT if name in os.environ},
                start_new_session=True,
                bufsize=0,
            )
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line)
        except BrokenPipeError:
            raise Silent("The process that grades has ended.") from None

    def _frame(self, until: float) -> dict[str, Any]:
        return unpack(self._exactly(length(self._exactly(LENGTH.size, until)), until))

    def _exactly(self, size: int, until: float) -> bytes:
        assert self.process is not None
        assert self.process.stdout is not None
        data = b""
        while len(data) < size:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise Silent("The process that grades did not report in time.")
            part = self.process.stdout.read(size - len(data))
            if not part:
                raise Silent("The process that grades has ended.")
            data += part
        return data


def signed(frame: dict[str, Any], key: str) -> dict[str, Any]:
    """The report in a frame. Raises Violation if the holder of `key` did not write it."""
    text = frame.get("report")
    if type(text) is not str or frame.get("mark") != mark(key, text):
        raise Violation("somebody else wrote into it")
    report: dict[str, Any] = json.loads(text)
    return report
