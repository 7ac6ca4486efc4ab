"""Would the verdict survive other words? The matrix again, with another voice or the prose replaced."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.course import Module
from grader.prove.matrix import Proof, prove
from grader.prove.scramble import scrambled
from grader.record.vary import varied
from grader.verdict.outcome import BLOCKED, PASSED


@dataclass
class Altered:
    """One module proved under altered recordings: what ended differently, check by check."""

    module: Module
    how: str
    differences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.differences

    def words(self) -> str:
        """One line, and one for each difference."""
        if self.ok:
            return f"{self.module.key}: the same verdicts {self.how}."
        return "\n".join(
            [f"{self.module.key}: other verdicts {self.how}:", *(f"! {d}" for d in self.differences)]
        )

    def to_json(self) -> dict[str, Any]:
        return {"module": self.module.key, "how": self.how, "ok": self.ok, "differences": self.differences}


def under_other_words(proofs: Sequence[Proof], *, jobs: int | None = None) -> list[Altered]:
    """Prove again with the free text of all replies replaced: no check may depend on it."""
    with tempfile.TemporaryDirectory(prefix="scrambled-") as folder:
        for proof in proofs:
            scrambled(proof.module, Path(folder))
        return _again(proofs, Path(folder), "with other words in the replies", jobs)


def under_another_voice(proofs: Sequence[Proof], voice: int, *, jobs: int | None = None) -> list[Altered]:
    """Prove again under recordings made now with another voice of the stand-in."""
    from grader.record.recorder import fresh, written
    from grader.record.takes import NotRecorded, Source

    found, recorded = [], []
    how = f"in recordings of voice {voice}"
    with tempfile.TemporaryDirectory(prefix="voice-") as folder:
        for proof in proofs:
            try:
                written(fresh(proof.module, Source(voice)), Path(folder))
                recorded.append(proof)
            except NotRecorded as reason:
                found.append(Altered(proof.module, how, [str(reason)]))
        return found + _again(recorded, Path(folder), how, jobs)


def under_varied_recordings(proofs: Sequence[Proof], seed: int, *, jobs: int | None = None) -> list[Altered]:
    """Prove again with words and counts that nobody has seen, as `grader grade` plays them."""
    with tempfile.TemporaryDirectory(prefix="varied-") as folder:
        for proof in proofs:
            varied(proof.module, Path(folder), seed)
        return _again(proofs, Path(folder), f"in recordings varied by {seed}", jobs)


def _again(proofs: Sequence[Proof], folder: Path, how: str, jobs: int | None) -> list[Altered]:
    again = prove([proof.module for proof in proofs], cassettes=folder, jobs=jobs)
    return [Altered(old.module, how, differences(old, new)) for old, new in zip(proofs, again, strict=True)]


def differences(old: Proof, new: Proof) -> list[str]:
    """Every check that ended in another state, in words."""
    found: list[str] = []
    again = {(row.kind, row.name): row for row in new.rows}
    for before in old.rows:
        after = again[before.kind, before.name]
        for name in dict.fromkeys([*before.states, *after.states]):
            was, now = before.state(name), after.state(name)
            # Whether a check is left out may depend on the recording; nobody asked how it would be blocked.
            left_out = name in before.unmoved or name in after.unmoved
            if was != now and not (left_out and {was, now} == {PASSED, BLOCKED}):
                found.append(f"{before.label}: {name} was {was} and is {now}.")
        if before.ok and not after.ok and not found:
            found += [f"{before.label}: {problem}" for problem in after.problems]
    return found
