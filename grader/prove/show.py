"""How does a proof look on a terminal? A matrix of 80 columns: a row per variant, a column per check."""

from __future__ import annotations

import textwrap

from grader.prove.matrix import Proof
from grader.prove.rows import Row

WIDTH = 80
NAMES = 30
MARKS = {"passed": ".", "failed": "x", "not_started": "-", "blocked": "b", "broken": "!", "grader_error": "E"}
LEGEND = (
    ". passed  X caught as declared  x failed  - not started  b blocked  ! broken  E grader error"
    "  (blank) not run: it runs nothing that the file changes"
)


def matrix(proof: Proof) -> str:
    """A proof in words: the matrix, then the checks with what each has caught, then what does not hold."""
    lines = [f"{proof.module.key}: {proof.module.title}", ""]
    lines += _heads(len(proof.checks))
    lines += [_line(row, proof.checks) for row in proof.rows]
    lines += ["", *textwrap.wrap(LEGEND, WIDTH), ""]
    lines += [f"{number:>3} {name:<60.60} {_times(count)}" for number, (name, count) in _caught(proof)]
    for row in proof.rows:
        lines += [_indented(f"{row.label}: {problem}", "! ") for problem in row.problems]
    lines += [_indented(note, "note: ") for note in proof.notes]
    return "\n".join([*lines, "", summary(proof)])


def summary(proof: Proof) -> str:
    """One line: how many variants, how long, and whether they ended as declared."""
    bad = sum(not row.ok for row in proof.rows)
    verdict = "all ended as declared." if proof.ok else f"{bad} did not end as declared."
    counted = f"{len(proof.rows)} variants, {len(proof.checks)} checks, {proof.seconds:.1f} s"
    return f"{proof.module.key}: {counted}: {verdict}"


def _caught(proof: Proof) -> list[tuple[int, tuple[str, int]]]:
    return list(enumerate(proof.caught().items(), 1))


def _times(count: int) -> str:
    return f"caught {count}" if count else "caught none"


def _heads(count: int) -> list[str]:
    """The columns' numbers, written downwards."""
    rows = [
        [str(n)[-2] if n > 9 else " " for n in range(1, count + 1)],
        [str(n)[-1] for n in range(1, count + 1)],
    ]
    return [" " * (NAMES + 4) + "".join(row) for row in rows[0 if count > 9 else 1 :]]


def _line(row: Row, checks: list[str]) -> str:
    marks = "".join(_mark(row, name) for name in checks) or "?" * len(checks)
    return f"{row.label:<{NAMES}.{NAMES}} {'ok' if row.ok else 'NO'} {marks}"


def _mark(row: Row, name: str) -> str:
    if name in row.unmoved:
        return " "
    state = row.states.get(name, "")
    if state == "failed" and {name, name.partition("[")[0]} & set(row.declared):
        return "X"
    return MARKS.get(state, "?")


def _indented(text: str, mark: str) -> str:
    first, *rest = text.splitlines() or [""]
    wrapped = textwrap.fill(first, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))
    return "\n".join([wrapped, *(f"  | {line}"[:WIDTH] for line in rest)])
