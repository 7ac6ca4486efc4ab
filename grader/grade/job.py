"""Grades submissions: runs a module's own test file here, and each submission's code in a process of its own.

Orders come as lines of JSON on standard input, and reports go out as frames on standard output: which checks
there are, how they ended, and that the order is done. Neither is a file or an argument, where a submission
could find it, and the key in the order signs the reports. Each order is graded in a fork of this process,
which has imported what grading needs: that is half of the time that a submission takes.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from grader.course import ROOT, Module
from grader.grade import sandbox
from grader.grade.protocol import pack

# Modules that the plugin, the tape or a reference imports late. What is not installed is not needed.
PRELOADED = (
    "grader.plugin", "grader.grade.names", "grader.replay.engine", "grader.replay.play", "grader.replay.tap",
    "anyio.pytest_plugin", "asyncio", "httpx", "httpx2", "openai.resources.chat", "fastapi", "sse_starlette",
)  # fmt: skip


class Reporter:
    """A plugin of pytest that tells the cohort what the session knows."""

    def __init__(self, sink: int, key: str) -> None:
        self.sink, self.key = sink, key

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Every check that was collected counts as not run until its end is reported."""
        graded = self._session(session).modules.values()
        self.write({"checks": [check.id for each in graded for check in each.checks]})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.write({"outcomes": [outcome.to_json() for outcome in self._session(session).outcomes()]})

    def write(self, report: dict[str, Any]) -> None:
        """Send one signed report."""
        text = json.dumps(report, default=str)
        frame = memoryview(pack({"report": text, "mark": mark(self.key, text)}))
        while frame:
            frame = frame[os.write(self.sink, frame) :]

    def _session(self, session: pytest.Session) -> Any:
        from grader.plugin import SESSION

        return session.config.stash[SESSION]


def mark(key: str, text: str) -> str:
    """What shows that the holder of `key` wrote `text`."""
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


def grade(order: dict[str, Any], reporter: Reporter) -> int:
    """Run the checks over the submission that an order names."""
    module = Module(order["module"], Path(order["root"]))
    arguments = [
        str(module.test_file),
        f"--submission={order['submission']}",
        f"--rootdir={module.root}",
        f"--config-file={ROOT / 'pyproject.toml'}",
        "-pno:cacheprovider",
        "--tb=no",  # pytest's own tracebacks cost more than the checks
        *order["options"],
    ]
    return int(pytest.main(arguments, plugins=[reporter]))


def main() -> int:
    """Grade one order after the other, until the cohort hangs up."""
    orders, sink = os.fdopen(os.dup(0), encoding="utf-8"), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for name in PRELOADED:
        try:
            import_module(name)
        except ImportError:
            continue
    sandbox.missing()  # tried once, for all forks
    for line in orders:
        order = json.loads(line)
        reporter = Reporter(sink, order["key"])
        fork = os.fork()
        if fork == 0:
            return grade(order, reporter)
        os.waitpid(fork, 0)
        reporter.write({"done": True})
    return 0


if __name__ == "__main__":
    sys.exit(main())
