"""SIGKILL at random times: what is lost, and what arrives twice? Used by lab.py.

A few mails at a time go from a new store to a new desk. The process that carries them is killed, begun again,
killed again, until it comes to its end; then the desk is asked what it has.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from desk import Desk, opened
from mails import Case
from replies import Replies
from starlette.requests import ClientDisconnect

from grader.letters import opened as stored
from grader.provider.serve import running

AT_ONCE, SEED = 2, 6  # mails per round
Wait = Callable[[], object]


@dataclass
class Tally:
    """Counted over all rounds: `double`: tickets beyond one per mail; `again`: arrivals under a known key."""

    kills: int = 0
    mails: int = 0
    lost: int = 0
    double: int = 0
    again: int = 0


class Nursery:
    """The process that forks those to be killed, so that none of them has to import anything."""

    def __init__(self, url: str) -> None:
        script = Path(__file__).with_name("pipeline.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"OPENAI_API_KEY": "none-needed", "OPENAI_BASE_URL": f"{url}/v1"},
        )  # fmt: skip
        self._heard()

    def _heard(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line:
            raise RuntimeError("pipeline.py ended; what it said stands above")
        return line

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def run(self, job: dict[str, Any], wait: Wait | None = None) -> int:
        """The exit code of one run: -9 when it was killed after `wait`, 0 when it came to its end before."""
        self._say(json.dumps(job))
        child = int(self._heard())
        if wait:
            wait()
            os.kill(child, signal.SIGKILL)  # not reaped before the next line, so the number is still its own
        self._say("")
        ended = int(self._heard())
        if ended not in (0, -signal.SIGKILL):
            raise RuntimeError(f"{job['way']} ended with {ended} by itself; what it said stands above")
        return ended

    def close(self) -> None:
        self.process.communicate(timeout=10)


class Ward:
    """Everything that outlives the killed: the nursery, the cases, a folder."""

    def __init__(self, nursery: Nursery, found: list[Case], folder: str) -> None:
        self.nursery, self.found, self.folder = nursery, found, folder
        self.rounds = 0

    @contextmanager
    def round(self, way: str, told: Wait | None = None) -> Iterator[tuple[dict[str, Any], Desk]]:
        """A new store, a new desk and the next few mails, as a job for the nursery."""
        begin = self.rounds * AT_ONCE % (len(self.found) - AT_ONCE + 1)
        self.rounds += 1
        place = f"{self.folder}/{self.rounds}"
        options = {"told": told} if told else {}
        with opened(f"{place}.desk", **options) as desk:
            yield (
                {
                    "way": way,
                    "store": f"{place}.store",
                    "mails": [case.mail["id"] for case in self.found[begin : begin + AT_ONCE]],
                    "desk": desk.address,
                },
                desk,
            )

    def span(self, way: str) -> float:
        """Seconds that a round takes when nobody is killed."""
        with self.round(way) as (job, _):
            begun = time.perf_counter()
            self.nursery.run(job)
            return time.perf_counter() - begun


@contextmanager
def ward(found: list[Case]) -> Iterator[Ward]:
    """A nursery, and a stand-in that has a reply to every mail."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running(library=Replies(found), pace=0) as url,
        closing(Nursery(url)) as nursery,
    ):
        # Whoever is killed in the middle of a request leaves the stand-in with half of one: no news here.
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_unrelated)
        try:
            yield Ward(nursery, found, folder)
        finally:
            log.removeFilter(_unrelated)


def _unrelated(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], ClientDisconnect))


def killed(where: Ward, way: str, kills: int, seed: int = SEED) -> Tally:
    """So many kills at random times within a round, each one followed by a new start."""
    drawn, tally, span = random.Random(seed), Tally(), where.span(way)
    while tally.kills < kills:
        with where.round(way) as (job, desk):
            while True:
                wait = partial(time.sleep, drawn.random() * span) if tally.kills < kills else None
                if where.nursery.run(job, wait) == 0:
                    break
                tally.kills += 1
            count(tally, job, desk)
    return tally


def count(tally: Tally, job: dict[str, Any], desk: Desk) -> None:
    """Every mail has one ticket at the desk, or waits for a person; what is neither is lost."""
    tickets = Counter(ticket.get("mail", key) for key, ticket in desk.rows("tickets"))
    with stored(job["store"]) as store:
        dead = {row["mail_id"] for row in store.execute("SELECT mail_id FROM dead")}
    tally.mails += len(job["mails"])
    tally.double += sum(count - 1 for count in tickets.values())
    tally.again += len(desk.rows("arrivals")) - sum(tickets.values())
    tally.lost += len(set(job["mails"]) - set(tickets) - dead)
