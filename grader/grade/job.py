"""Grades one submission: runs the module's own test file in this process, the submission's code in another.

The order comes as JSON on standard input, the report goes out as frames on standard output: first which
checks there are, then how they ended. Neither is a file or an argument, where a submission could find it; the
key in the order signs the report. Nothing that the submission prints, writes or exits with counts.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.course import ROOT, Module
from grader.grade.protocol import pack


class Reporter:
    """A plugin of pytest that tells the cohort what the session knows."""

    def __init__(self, sink: int, key: str) -> None:
        self.sink, self.key = sink, key

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Every check that was collected counts as not run until its end is reported."""
        graded = self._session(session).modules.values()
        self._write({"checks": [[check.id, check.name] for each in graded for check in each.checks]})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._write({"outcomes": [outcome.to_json() for outcome in self._session(session).outcomes()]})

    def _session(self, session: pytest.Session) -> Any:
        from grader.plugin import SESSION

        return session.config.stash[SESSION]

    def _write(self, report: dict[str, Any]) -> None:
        text = json.dumps(report, default=str)
        frame = memoryview(pack({"report": text, "mark": mark(self.key, text)}))
        while frame:
            frame = frame[os.write(self.sink, frame) :]


def mark(key: str, text: str) -> str:
    """What shows that the holder of `key` wrote `text`."""
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


def main() -> int:
    """Grade the submission that the order names."""
    order = json.loads(sys.stdin.readline())
    sink = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    wanted = Module(order["module"], Path(order["root"]))
    arguments = [
        str(wanted.test_file),
        f"--submission={order['submission']}",
        f"--rootdir={wanted.root}",
        f"--config-file={ROOT / 'pyproject.toml'}",
        "--noconftest",
        "-pno:cacheprovider",
        *order["options"],
    ]
    return int(pytest.main(arguments, plugins=[Reporter(sink, order["key"])]))


if __name__ == "__main__":
    sys.exit(main())
