"""Which faults of the reference do the checks let pass? Runs mutants, lists those that no check noticed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.course import Module
from grader.prove.mutants import Mutant, mutants, sample
from grader.prove.reach import Reach, at_line
from grader.prove.runs import Run, Variant, run_all

# A check takes milliseconds; a mutant that loops is ended soon, and its first failure ends the run.
SECONDS_PER_CHECK = 3
PATIENCE = 60.0


@dataclass
class Mutation:
    """What became of a module's mutants: `caught` counts them by the check that noticed first."""

    module: Module
    possible: int
    ran: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    caught: Counter[str] = field(default_factory=Counter)
    least: float | None = None

    @property
    def rate(self) -> float:
        """The share of mutants that a check noticed, in percent; 0 without any."""
        return 100 * (self.ran - len(self.survivors)) / self.ran if self.ran else 0.0

    @property
    def ok(self) -> bool:
        return self.least is None or self.rate >= self.least

    def words(self) -> str:
        """The rate, and each survivor with the line of the reference that it changes."""
        killed = self.ran - len(self.survivors)
        drawn = f" (drawn from {self.possible})" if self.ran < self.possible else ""
        rate = f"{self.module.key}: {killed} of {self.ran} mutants{drawn} noticed, {self.rate:.0f} %."
        short = [] if self.ok else [f"! At least {self.least:g} % are asked for: add a check for a survivor."]
        return "\n".join([rate, *short, *(f"  survives: {mutant}" for mutant in self.survivors)])

    def to_json(self) -> dict[str, Any]:
        return {
            "module": self.module.key, "ok": self.ok, "rate": round(self.rate, 1), "ran": self.ran,
            "possible": self.possible, "survivors": [str(mutant) for mutant in self.survivors],
            "caught": dict(self.caught),
        }  # fmt: skip


def mutate(
    chosen: Sequence[Module],
    *,
    most: int | None = None,
    seed: int = 1,
    least: float | None = None,
    cassettes: Path | None = None,
    jobs: int | None = None,
    reaches: Mapping[str, Reach | None] | None = None,
) -> list[Mutation]:
    """Run at most `most` mutants of each reference; the same seed draws the same ones.

    With a module's Reach, a mutant runs the checks alone that run the function in which its fault is.
    """
    found = {}
    everything: dict[tuple[str, str], Mutant] = {}
    variants = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        for module in chosen:
            possible = mutants(module.reference.read_text(encoding="utf-8"))
            found[module.key] = Mutation(module, len(possible), least=least)
            for mutant in sample(possible, most, seed):
                everything[module.key, mutant.name] = mutant
                variant = _variant(module, mutant, Path(scratch), cassettes)
                found_reach = (reaches or {}).get(module.key)
                only = found_reach.checks(at_line(module, mutant.line)) if found_reach else None
                variants.append(replace(variant, only=None if only is None else tuple(only)))
        for run in run_all(variants, jobs=jobs, patience=PATIENCE):
            _count(found[run.variant.module.key], run, everything[run.variant.module.key, run.variant.name])
    for mutation in found.values():
        mutation.survivors.sort(key=lambda mutant: mutant.number)
    return list(found.values())


def _variant(module: Module, mutant: Mutant, folder: Path, cassettes: Path | None) -> Variant:
    file = folder / f"{module.key}-{mutant.name}.py"
    file.write_text(mutant.source, encoding="utf-8")
    played = [f"--cassettes={cassettes.resolve()}"] if cassettes else []
    options = (f"--overlay={file}", "-x", f"--limit={SECONDS_PER_CHECK}", *played)
    return Variant(module, "mutant", mutant.name, options)


def _count(mutation: Mutation, run: Run, mutant: Mutant) -> None:
    mutation.ran += 1
    if run.outcome is not None and run.outcome.ok:
        mutation.survivors.append(mutant)
        return
    failed = [check.name for check in run.outcome.checks if check.state != "passed"] if run.outcome else []
    mutation.caught[failed[0] if failed else "(did not run)"] += 1
