"""pytest plugin of a recording: collects what the tapes made, under a spend cap (`-p grader.record.session`).

Several checks may play one recording. The first makes it and the others play it at once; with `--each-take`
every check makes a take of its own, for modules whose first check leaves the recording's end out.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grader.models import Usage
from grader.plugin import RECORDING
from grader.record.spend import Budget, Reservation
from grader.replay.forward import Forward
from grader.replay.ledger import Call, note_headers
from grader.replay.tape import Tape

KEPT: pytest.StashKey[set[Path]] = pytest.StashKey()
METER = pytest.StashKey["Meter"]()


class Meter:
    """Stands before the provider: reserves before a call leaves, settles once its answer is recorded."""

    def __init__(self, cap: Decimal | None) -> None:
        self.budget = Budget(cap)
        self.take = ""
        self._open: list[tuple[Reservation, Forward]] = []

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Put this meter before every call that a recording tape sends on."""
        send = Tape.forward

        def forward(tape: Tape, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Forward:
            call = Call(0, method, url, note_headers(headers), body)
            self.settle()
            reservation = self.budget.reserve(call.facts.operation, call.sent)
            # The stand-in counts anew for each run, so that every take begins at the beginning.
            sent = send(
                tape,
                method,
                url,
                {**headers, "x-stand-in-run": self.take} if tape.upstream else headers,
                body,
            )
            self._open.append((reservation, sent))
            return sent

        patch.setattr(Tape, "forward", forward)

    def settle(self, *, last: bool = False) -> None:
        """Settle the calls that are answered; at the `last` time, open ones count with their worst case."""
        waiting = []
        for reservation, sent in self._open:
            step = sent.call.step
            if step is None and not last:
                waiting.append((reservation, sent))
            elif sent.tape.upstream or (step and step.reply and not step.fault and not reservation.batch):
                self.budget.settle(reservation, step.reply.usage if step and step.reply else Usage())
            else:  # a vendor may charge for an answer that broke off, and bills a batch later
                self.budget.keep(reservation)
        self._open = waiting

    def report(self) -> dict[str, Any]:
        budget = self.budget
        return {
            "spent": str(budget.spent),
            "usage": asdict(budget.usage),
            "calls": budget.calls,
            "refused": budget.refused,
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("course")
    group.addoption("--takes", metavar="DIR", help="collect the recordings of each check in DIR")
    group.addoption("--each-take", action="store_true", help="record in every check, not only in the first")
    group.addoption("--spend-cap", metavar="USD", help="refuse a call that could cost more than is left")
    group.addoption("--spend-report", metavar="FILE", help="write what the recordings cost")


def pytest_configure(config: pytest.Config) -> None:
    cap = config.option.spend_cap
    config.stash[METER] = Meter(Decimal(cap) if cap else None)
    patch = pytest.MonkeyPatch()
    config.stash[METER].watch(patch)
    config.add_cleanup(patch.undo)


def pytest_sessionstart(session: pytest.Session) -> None:
    # What lies there beforehand was written by hand: it is played, never recorded.
    folder = session.config.stash[RECORDING].folder
    session.config.stash[KEPT] = {*folder.glob("*/*.yaml")} if folder else set()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    recording, meter = item.config.stash[RECORDING], item.config.stash[METER]
    kept: set[Path] = item.config.stash[KEPT]
    recording.made |= kept
    meter.take = item.name
    try:
        return (yield)
    finally:
        meter.settle()
        if item.config.option.each_take:
            _collect(recording.made - kept, Path(item.config.option.takes))
            recording.made = set(kept)


def pytest_sessionfinish(session: pytest.Session) -> None:
    meter, config = session.config.stash[METER], session.config
    meter.settle(last=True)
    kept: set[Path] = config.stash[KEPT]
    _collect(config.stash[RECORDING].made - kept, Path(config.option.takes))
    Path(session.config.option.spend_report).write_text(json.dumps(meter.report()), encoding="utf-8")


def _collect(files: Iterable[Path], takes: Path) -> None:
    """Move fresh recordings to `takes/<name>/<number>.yaml`, numbered in the order of the checks."""
    for file in files:
        folder = takes / file.stem
        folder.mkdir(parents=True, exist_ok=True)
        file.rename(folder / f"{len(list(folder.iterdir())):03d}.yaml")
