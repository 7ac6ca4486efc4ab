"""Is the grader itself right? The reference passes, the starter is unstarted, misconceptions are caught."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.course import Module, module, modules
from grader.prove import reading
from grader.prove.reach import Reach, over
from grader.prove.rows import Row, row
from grader.prove.runs import Run, Variant, run_all


@dataclass
class Proof:
    """One module's matrix; `notes` are worth reading and no failure."""

    module: Module
    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    reach: Reach | None = None

    @property
    def ok(self) -> bool:
        return bool(self.rows) and all(row.ok for row in self.rows)

    @property
    def sound(self) -> bool:
        """Whether the reference passes: without that, no other run says anything about the checks."""
        return any(row.kind == "reference" and row.ok for row in self.rows)

    @property
    def checks(self) -> list[str]:
        """The checks' names in the order of the test file."""
        return list(next((row.states for row in self.rows if row.states), {}))

    def caught(self) -> dict[str, int]:
        """How many wrong solutions fail each check."""
        wrong = [row for row in self.rows if row.kind == "wrong"]
        return {name: sum(row.states.get(name) == "failed" for row in wrong) for name in self.checks}

    def to_json(self) -> dict[str, Any]:
        return {
            "module": self.module.key,
            "ok": self.ok,
            "seconds": round(self.seconds, 2),
            "checks": self.checks,
            "caught": self.caught(),
            "rows": [row.to_json() for row in self.rows],
            "notes": self.notes,
        }


def variants(module: Module, *, cassettes: Path | None = None) -> list[Variant]:
    """Everything that a proof of one module runs: reference, starter, wrong solutions."""
    played = (f"--cassettes={cassettes.resolve()}",) if cassettes else ()
    found = [
        Variant(module, "reference", module.key, ("--solution", *played)),
        Variant(module, "starter", module.key, played),
    ]
    return found + [Variant(module, "wrong", p.stem, (f"--overlay={p}", *played)) for p in module.wrong]


def prove(
    chosen: Sequence[Module], *, cassettes: Path | None = None, jobs: int | None = None, whole: bool = False
) -> list[Proof]:
    """Run every variant of the modules, all in one pool, and judge them; one proof per module, in order.

    A wrong solution runs the checks that it can fail (`grader.prove.reach`), or all of them if `whole`.
    """
    began = time.monotonic()
    proofs = {m.key: Proof(m) for m in chosen}
    everything = [variant for m in chosen for variant in variants(m, cassettes=cassettes)]
    first = [variant for variant in everything if variant.kind != "wrong"]
    for run in run_all(first, jobs=jobs):
        proof = proofs[run.variant.module.key]
        proof.rows.append(row(run))
        if run.variant.kind == "reference" and not whole:
            proof.reach = run.reach
    wrong = [variant for variant in everything if variant.kind == "wrong"]
    for run in run_all(mixed([chosen_checks(v, proofs[v.module.key].reach) for v in wrong]), jobs=jobs):
        proof = proofs[run.variant.module.key]
        proof.rows.append(row(run, _declared(run)))
        if run.variant.only is not None:
            proof.rows[-1].unmoved = tuple(name for name in proof.checks if name not in run.variant.only)
    for proof in proofs.values():
        proof.seconds = time.monotonic() - began
        proof.rows.sort(key=lambda r: (("reference", "starter", "wrong").index(r.kind), r.name))
        _say_once(proof)
        proof.notes += _notes(proof)
    return list(proofs.values())


def chosen_checks(variant: Variant, reach: Reach | None) -> Variant:
    """The same variant, with the checks alone that its file can make fail."""
    if reach is None:
        return variant
    try:
        changed = over(variant.module, variant.module.solution / "wrong" / f"{variant.name}.py")
    except SyntaxError:
        return variant
    found = reach.checks(changed)
    return variant if found is None else replace(variant, only=tuple(found))


def mixed(found: Sequence[Variant]) -> list[Variant]:
    """The variants of all modules side by side: some modules' checks wait, and others' work meanwhile."""
    counts = Counter(variant.module.key for variant in found)
    seen: Counter[str] = Counter()
    places = []
    for variant in found:
        places.append(seen[variant.module.key] / counts[variant.module.key])
        seen[variant.module.key] += 1
    return [variant for _, variant in sorted(zip(places, found, strict=True), key=lambda pair: pair[0])]


def _declared(run: Run) -> reading.Wrong:
    return reading.wrong(run.variant.module.solution / "wrong" / f"{run.variant.name}.py")


def _say_once(proof: Proof) -> None:
    """What already keeps the reference from passing is not said again for every wrong solution."""
    known = {problem for row in proof.rows if row.kind == "reference" for problem in row.problems}
    for other in proof.rows:
        if other.kind != "reference":
            other.problems = [problem for problem in other.problems if problem not in known]


def _notes(proof: Proof) -> list[str]:
    seen: dict[str, int] = {}
    for name, count in proof.caught().items():
        function = name.partition("[")[0]
        seen[function] = seen.get(function, 0) + count
    never = [name for name, count in seen.items() if not count]
    return (
        [f"No wrong solution fails {', '.join(never)}: a check that nobody has seen catch a mistake."]
        if never
        else []
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `grader prove`."""
    parser.add_argument(
        "module", nargs="*", metavar="MODULE", help="modules to prove; all of them without one"
    )
    parser.add_argument("--json", action="store_true", help="print the proof as JSON")
    parser.add_argument(
        "--whole",
        action="store_true",
        help="run every check against every wrong solution, not the chosen ones",
    )
    parser.add_argument("--cassettes", type=Path, metavar="DIR", help="play DIR/<module>/ instead")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="processes at a time (default: twice the processors)"
    )
    parser.add_argument(
        "--voices", action="store_true", help="also prove under fresh recordings of another voice"
    )
    parser.add_argument(
        "--varied", action="store_true", help="also prove with other words and other counts of tokens"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=2,
        metavar="N",
        help="the voice of --voices, the seed of --varied (default 2)",
    )
    parser.add_argument(
        "--scramble", action="store_true", help="also prove with the replies' free text replaced"
    )
    parser.add_argument("--mutants", action="store_true", help="also run small faults of the reference")
    parser.add_argument("--most", type=int, default=120, metavar="N", help="mutants at most (default 120)")
    parser.add_argument("--min-kill", type=float, metavar="PERCENT", help="fail below this kill rate")


def run(args: argparse.Namespace) -> int:
    """`grader prove`: 0 when everything holds, 1 otherwise."""
    from grader.prove.lint import lint

    chosen = [module(name) for name in args.module] or modules()
    if not chosen:
        print("There is no module to prove yet. Make one: grader new 42_answer")
        return 1
    missing = [finding for m in chosen for finding in lint(m)]
    able = [m for m in chosen if m.reference.is_file() and m.test_file.is_file()]
    proofs = prove(able, cassettes=args.cassettes, jobs=args.jobs, whole=args.whole)
    found = [*proofs, *_extras(args, proofs)]
    if args.json:
        shown = {"findings": [str(finding) for finding in missing], "results": [f.to_json() for f in found]}
        print(json.dumps({"ok": not missing and all(f.ok for f in found), **shown}, indent=1))
    else:
        _print(found, [str(finding) for finding in missing])
    return 1 if missing or not all(f.ok for f in found) else 0


def _extras(args: argparse.Namespace, proofs: list[Proof]) -> list[Any]:
    """What was asked for beside the matrix: other words, another voice, mutants."""
    from grader.prove import extras, survivors

    found: list[Any] = []
    if args.scramble or args.varied or args.voices or args.mutants or args.min_kill is not None:
        for proof in proofs:
            if not proof.sound:
                proof.notes.append("The reference does not pass, so nothing else was tried on this module.")
    proofs = [proof for proof in proofs if proof.sound]
    if args.scramble:
        found += extras.under_other_words(proofs, jobs=args.jobs)
    if args.varied:
        found += extras.under_varied_recordings(proofs, args.seed, jobs=args.jobs)
    if args.voices:
        found += extras.under_another_voice(proofs, args.seed, jobs=args.jobs)
    if args.mutants or args.min_kill is not None:
        chosen = [proof.module for proof in proofs]
        limits = {"most": args.most, "least": args.min_kill, "cassettes": args.cassettes, "jobs": args.jobs}
        found += survivors.mutate(chosen, **limits, reaches={p.module.key: p.reach for p in proofs})
    return found


def _print(found: Sequence[Any], missing: Sequence[str]) -> None:
    from grader.prove import show

    for part in found:
        print((show.matrix(part) if isinstance(part, Proof) else part.words()) + "\n")
    if missing:
        print("Still missing:\n" + "\n".join(f"  {finding}" for finding in missing))
