"""Which small faults would the checks let pass? Syntax mutations of the reference, each run as an overlay."""

from __future__ import annotations

import ast
import copy
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Change = Callable[[Any], ast.AST | None]
NEGATED: dict[type, type] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SHIFTED: dict[type, type] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
ARITHMETIC: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
DROPPED = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break)
# A prompt's wording belongs to whoever writes it, no check may depend on it: only words of the wire change.
WORD = re.compile(r"^[a-z]+(?:_[a-z]+)*$")
# An annotation or a decorator changed is another program, not a slip.
SKIPPED_FIELDS = ("annotation", "returns", "decorator_list")


@dataclass(frozen=True)
class Mutant:
    """The reference with one fault: `line` in the reference, what stood there and what stands there now."""

    number: int
    line: int
    kind: str
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.number:03d}"

    def __str__(self) -> str:
        return f"line {self.line}: {self.kind}: `{self.before}` -> `{self.after}`"


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module's source, in file order; the same source gives the same list."""
    tree = ast.parse(source)
    sites = list(_sites(tree))
    for number, (node, _, _) in enumerate(sites):
        node.site = [*getattr(node, "site", []), number]  # type: ignore[attr-defined]
    return [_mutant(tree, number, *site) for number, site in enumerate(sites)]


def sample(found: list[Mutant], most: int | None, seed: int = 1) -> list[Mutant]:
    """At most `most` of the mutants, drawn with `seed`, in file order."""
    if most is None or len(found) <= most:
        return found
    return sorted(random.Random(seed).sample(found, most), key=lambda mutant: mutant.number)


def _mutant(tree: ast.Module, number: int, node: ast.AST, kind: str, change: Change) -> Mutant:
    grown = _Replace(number, change)
    changed = ast.fix_missing_locations(grown.visit(copy.deepcopy(tree)))
    after = grown.after or "(nothing)"
    return Mutant(number, getattr(node, "lineno", 0), kind, _short(node), after, ast.unparse(changed) + "\n")


class _Replace(ast.NodeTransformer):
    """Applies one change at the node that carries the site's number."""

    def __init__(self, number: int, change: Change) -> None:
        self.number, self.change, self.after = number, change, ""

    def visit(self, node: ast.AST) -> ast.AST:
        if self.number not in getattr(node, "site", ()):
            return self.generic_visit(node)
        changed = self.change(node)
        self.after = _short(changed) if changed else ""
        return changed or ast.Pass()


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _sites(tree: ast.Module) -> Iterator[tuple[ast.AST, str, Change]]:
    """Every (node, kind, change) outside docstrings, annotations, decorators and the `__main__` block."""
    for node in _visible(tree):
        for kind, change in _changes(node):
            yield node, kind, change


def _visible(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in SKIPPED_FIELDS:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child) and not _is_main(child):
                yield child
                yield from _visible(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield "negate the comparison", _operator(NEGATED[type(node.ops[0])])
        if type(node.ops[0]) in SHIFTED:
            yield "shift the bound", _operator(SHIFTED[type(node.ops[0])])
    elif isinstance(node, ast.BoolOp):
        yield (
            "swap and/or",
            lambda n: ast.BoolOp(ast.Or() if isinstance(n.op, ast.And) else ast.And(), n.values),
        )
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _texts(node):
        yield "change the sign", lambda n: ast.BinOp(n.left, ARITHMETIC[type(n.op)](), n.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "drop the not", lambda n: n.operand
    elif isinstance(node, ast.Constant) and (changed := _constant(node.value)) is not None:
        yield "change a constant", _becomes(ast.Constant(changed))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return nothing", _becomes(ast.Return(ast.Constant(None)))
    elif isinstance(node, DROPPED):
        yield "drop the statement", _becomes(None)


def _becomes(node: ast.AST | None) -> Change:
    return lambda _: node


def _operator(kind: type) -> Change:
    return lambda n: ast.Compare(n.left, [kind()], n.comparators)


def _constant(value: object) -> bool | float | str | None:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and WORD.match(value) and len(value) <= 24:
        return value + "_"
    return None


def _texts(node: ast.BinOp) -> bool:
    """Whether a sum joins texts: subtracting texts raises at once and would prove nothing."""
    return any(
        isinstance(n, ast.JoinedStr) or (isinstance(n, ast.Constant) and isinstance(n.value, str))
        for n in ast.walk(node)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
