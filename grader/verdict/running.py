"""Running one check: the tape it plays from, the names it may use, and what happened behind its back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.contract.sides import Source
from grader.course import Module
from grader.models import UnknownPrice
from grader.verdict import network
from grader.verdict.outcome import Check
from grader.verdict.refusals import refused
from grader.verdict.session import Session
from grader.verdict.troubles import NoCassette
from grader.verdict.wording import path

if TYPE_CHECKING:
    from grader.replay.tape import Tape


@dataclass
class Recording:
    """Where cassettes come from, and whether they are made anew: `url` of a provider, or `live` hosts."""

    folder: Path | None = None
    url: str | None = None
    voice: int | None = None
    live: bool = False
    made: set[Path] = field(default_factory=set)

    @property
    def on(self) -> bool:
        return bool(self.url) or self.live

    def file(self, module: Module, name: str) -> Path:
        """`cassettes/04_cot/<name>.yaml`, or the same below the folder given with `--cassettes`."""
        return self.folder / module.key / f"{name}.yaml" if self.folder else module.cassette(name)


def open_tape(recording: Recording, module: Module, name: str | None, options: dict[str, Any]) -> Tape:
    """The opened tape of one check; without a cassette every HTTP call is a miss. Raises NoCassette."""
    from grader.replay.tape import use  # late: 0.1 s that a check that never runs need not pay

    if name is None:
        return use(None, **options).open()
    file = recording.file(module, name)
    if recording.on and file not in recording.made:
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {"mode": "record", "upstream": recording.url, "voice": recording.voice}
        return use(file, **{**options, **made}).open()
    if not file.is_file():
        known = ", ".join(sorted(found.stem for found in file.parent.glob("*.yaml"))) or "none"
        raise NoCassette(f"There is no {path(file)}, which this check plays. Cassettes there: {known}.")
    return use(file, **options).open()


@contextlib.contextmanager
def playing(tape: Tape, recording: Recording, session: Session, source: Source) -> Iterator[None]:
    """Around the test's function: what it swallowed is raised here, a new recording is kept if it passed."""
    was_recording, session.sent = tape.recording, tape.calls
    try:
        with source.around(tape) if source.around else contextlib.nullcontext():
            yield
        swallowed = session.refused() or next(iter(network.attempts()), None) or refused(tape.calls)
        if swallowed:
            raise swallowed
    except BaseException as error:
        tape.close(error)  # raises a miss in its stead, if one was swallowed on the way
        if type(error).__name__ == "Exit":  # pytest.exit() would end the session, and with exit code 0
            raise SystemExit(str(error)) from error
        raise
    tape.close()
    if was_recording and tape.path:
        recording.made.add(tape.path)


def count_calls(check: Check, tape: Tape) -> None:
    """Note in the check what it sent, and what that costs: None, not zero, for an unknown price."""
    check.calls, check.usage = len(tape.calls), tape.usage
    try:
        check.cost = tape.cost if check.usage.total_tokens else Decimal(0)
    except UnknownPrice:
        check.cost = None
