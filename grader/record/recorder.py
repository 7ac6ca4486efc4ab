"""How do we get recordings? The reference makes them; they replace the old ones once they are proved."""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from grader.course import Module, module
from grader.models import Usage
from grader.prove.matrix import variants
from grader.prove.rows import Row, row
from grader.prove.runs import run_all
from grader.record import finish, place
from grader.record.scrub import private_values
from grader.record.takes import NotRecorded, Source, Takes, head, takes, wanted

CAP_LIVE = Decimal("1.00")


@dataclass
class Report:
    """What a recording did: `texts` by name, which of them changed, what they cost."""

    module: Module
    texts: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    authored: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    spent: Decimal = Decimal(0)
    calls: int = 0


def fresh(module: Module, source: Source) -> Report:
    """New recordings of a module as texts; nothing is written. Raises NotRecorded."""
    private = private_values()
    with takes(module, source) as found:
        report = Report(module, usage=found.usage, spent=found.spent, calls=found.calls)
        for name, take in found.files.items():
            report.texts[name] = finish.finished(take, head(module, take, source), private)
        report.authored = sorted(found.authored)
        _complete(module, found)
    return report


def _complete(module: Module, found: Takes) -> None:
    missing = [name for name in wanted(module) if name not in found.files and name not in found.authored]
    if missing:
        raise NotRecorded(
            f"No check of {module.key} made a recording of {', '.join(missing)}: does it send a request?"
        )


def written(report: Report, folder: Path) -> None:
    """Write a report's recordings, and the ones kept by hand, to `folder/<key>/`, for `--cassettes`."""
    target = folder / report.module.key
    target.mkdir(parents=True)
    for name, text in report.texts.items():
        place.write(target / f"{name}.yaml", text)
    for name in report.authored:
        shutil.copyfile(report.module.cassette(name), target / f"{name}.yaml")


def record(module: Module, source: Source, *, unproven: bool = False) -> Report:
    """Record a module anew and put the recordings in place, all or none. Raises NotRecorded: nothing changed.

    `unproven` takes them although wrong solutions do not end as declared, while a module is being written.
    """
    if not module.reference.is_file() or not module.test_file.is_file():
        raise NotRecorded(f"{module.key} lacks its reference or its checks: see `grader prove {module.key}`.")
    report = fresh(module, source)
    _compare(module, report)
    old = {path.stem: path for path in module.cassettes.glob("*.yaml")}
    report.before = sorted(old)
    report.unused = sorted(set(old) - set(report.texts) - set(report.authored))
    kept = {name: old[name] for name in (*report.authored, *report.unchanged)}
    texts = {name: report.texts[name] for name in report.changed}
    try:
        with place.staged(module.cassettes.parent, module.key, texts, kept) as folder:
            _prove(module, folder, unproven=unproven)
            place.swap(folder / module.key, module.cassettes, report.changed)
    except OSError as reason:
        raise NotRecorded(
            f"The recordings could not be written ({reason}). The old ones are as they were."
        ) from reason
    return report


def _compare(module: Module, report: Report) -> None:
    for name, text in report.texts.items():
        old = module.cassette(name)
        before = old.read_text(encoding="utf-8", errors="replace") if old.is_file() else ""
        report.texts[name] = finish.merged(before, text) if before else text
        (report.unchanged if report.texts[name] == before else report.changed).append(name)


def _prove(module: Module, folder: Path, *, unproven: bool) -> None:
    """Run reference and wrong solutions offline against the new recordings. Raises NotRecorded."""
    from grader.prove.reading import wrong

    chosen = [v for v in variants(module, cassettes=folder) if v.kind == "reference" or v.kind == "wrong"]
    rows: list[Row] = []
    for run in run_all(chosen):
        is_wrong = run.variant.kind == "wrong"
        rows.append(
            row(run, wrong(module.solution / "wrong" / f"{run.variant.name}.py") if is_wrong else None)
        )
    bad = [r for r in rows if not r.ok and not (unproven and r.kind == "wrong")]
    if bad:
        lines = [
            f"  {r.label}: {problem}" for r in sorted(bad, key=lambda r: r.label) for problem in r.problems
        ]
        raise NotRecorded("The new recordings do not hold, and the old ones stay:\n" + "\n".join(lines))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `grader record`."""
    parser.add_argument("module", metavar="MODULE", help="04_cot, cot or 4")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the stand-in's voice (default 1)")
    parser.add_argument("--live", action="store_true", help="call the real hosts; needs a key, costs money")
    parser.add_argument("--cap", type=dollars, metavar="USD", help=f"spend at most this (live: {CAP_LIVE})")
    parser.add_argument(
        "--unproven",
        action="store_true",
        help="while writing a module: do not ask that wrong solutions end as declared",
    )


def dollars(text: str) -> Decimal:
    """A positive amount. Raises ArgumentTypeError."""
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount in dollars, such as 0.50") from None
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount in dollars, such as 0.50")
    return amount


def run(args: argparse.Namespace) -> int:
    """`grader record`: 0 when the recordings are in place, 1 when they are not and why."""
    cap = args.cap if args.cap is not None else CAP_LIVE if args.live else None
    try:
        report = record(module(args.module), Source(args.seed, args.live, cap), unproven=args.unproven)
    except NotRecorded as reason:
        print(f"Nothing was changed. {reason}")
        return 1
    print(summary(report))
    return 0


def summary(report: Report) -> str:
    """What was recorded, in words."""
    lines = []
    for names, state in (
        ([name for name in report.changed if name not in report.before], "new"),
        ([name for name in report.changed if name in report.before], "changed"),
        (report.unchanged, "unchanged"),
        (report.authored, "written by hand, kept"),
        (report.unused, "not played by any check: remove it, or add a check"),
    ):
        lines += [f"  {name:<32} {state}" for name in names]
    used = report.usage
    cost = f"${report.spent:f}" if report.spent else "$0"
    tokens = f"{used.input_tokens:,} tokens in, {used.output_tokens:,} out"
    lines.append(f"{report.calls} calls, {tokens}, {cost} at list price.")
    return "\n".join([f"{report.module.key}: {len(report.texts)} recordings", *lines])
