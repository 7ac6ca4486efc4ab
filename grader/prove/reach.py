"""Which checks can a changed reference fail? Those that run something of what was changed.

A session notes for the reference which of its code each check ran (`grader.prove.witness`), and a file laid
over it changes some of its names. A check that ran none of them cannot fail: it passes, or is blocked by one
that does. So a proof leaves it out. Where a file does more than to bind names, or a check starts a process,
nothing is left out; `grader prove --whole` leaves nothing out at all. Both were run on nine modules with 517
wrong solutions: of 65,235 verdicts the choice made 18,876, in 60 % of the time, and missed none that failed.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from grader.course import Module
from grader.prove import reading

DECLARED = {"CAUGHT_BY", "HINT"}


@dataclass
class Reach:
    """The names of the reference that each check ran; None for a check of which that cannot be known."""

    module: Module
    ran: Mapping[str, frozenset[str] | None] = field(default_factory=dict)

    def checks(self, changed: set[str] | None) -> list[str] | None:
        """The checks that may end otherwise once these names are changed, in order; None for all of them."""
        if changed is None or not self.ran:
            return None
        found = [name for name, ran in self.ran.items() if ran is None or ran & changed]
        return found or None  # a change that nobody runs is for all checks to judge


def read(module: Module, file: Path) -> Reach:
    """What a session of the reference wrote to `file`: the first lines of what each check ran."""
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Reach(module)
    owners = {
        line: name for name, first, last in _stretches(module.reference) for line in range(first, last + 1)
    }
    ran = {
        check: None if lines is None else frozenset(owners[line] for line in lines if line in owners)
        for check, lines in noted.items()
    }
    return Reach(module, ran)


def _stretches(file: Path) -> list[tuple[str, int, int]]:
    """Each top-level name of a file with its first and last line."""
    found = []
    for node in reading.tree(file).body:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        found += [(name, first, node.end_lineno or first) for name in reading.defined(node)]
    return found


def at_line(module: Module, line: int) -> set[str] | None:
    """What a fault in this line of the reference changes; None if that may be anything."""
    names = {name for name, first, last in _stretches(module.reference) if first <= line <= last}
    return _grown(_parts(module), names) if names else None


def over(module: Module, overlay: Path) -> set[str] | None:
    """What a file laid over the reference changes of it; None if that may be anything."""
    known = _parts(module).imports
    names: set[str] = set()
    for node in reading.tree(overlay).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) in known:
            continue
        if not isinstance(node, BINDS) or not _plainly(node):
            return None
        names |= set(reading.defined(node)) - DECLARED
    return _grown(_parts(module), names)


FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
BINDS = *FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign


def _plainly(node: ast.stmt) -> bool:
    """Whether a statement changes nothing but the names that it binds: no attribute, no item of something."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return not any(
        isinstance(n, ast.Attribute | ast.Subscript) for target in targets if target for n in ast.walk(target)
    )


def _grown(parts: _Parts, names: set[str]) -> set[str] | None:
    """The functions that behave otherwise when these names do; None where a check itself reads one of them.

    A plain function matters to those who run it, and that was seen. Whatever else has the name (a constant, a
    class, a function that remembers its results) matters to every function that mentions it.
    """
    found, waiting = set(names), [name for name in names if name not in parts.plain]
    while waiting:
        name = waiting.pop()
        if name in parts.said and name in parts.read_by_checks and name not in parts.functions:
            return None
        grown = {other for other, mentioned in parts.said.items() if name in mentioned} - found
        found |= grown
        waiting += [other for other in grown if other not in parts.plain]
    return found


@dataclass(frozen=True)
class _Parts:
    """What a reference binds, and who mentions what: `plain` functions have no decorator."""

    imports: set[str]
    functions: set[str]
    plain: set[str]
    said: dict[str, set[str]]
    read_by_checks: set[str]


def _parts(module: Module) -> _Parts:
    files = module.reference, module.test_file
    return _read(*files, *(file.stat().st_mtime_ns for file in files))


@cache
def _read(reference: Path, test_file: Path, *_written: int) -> _Parts:
    """Both files, read once for each of their versions: every wrong solution asks."""
    body = reading.tree(reference).body
    functions = [node for node in body if isinstance(node, FUNCTIONS)]
    return _Parts(
        imports={ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)},
        functions={node.name for node in functions},
        plain={node.name for node in functions if not node.decorator_list},
        said={name: _mentioned(node) for node in body for name in reading.defined(node)},
        read_by_checks=_mentioned(reading.tree(test_file)),
    )


def _mentioned(node: ast.AST) -> set[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    return names | {alias.name for n in ast.walk(node) if isinstance(n, ast.ImportFrom) for alias in n.names}
