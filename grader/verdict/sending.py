"""Which line of the learner's code sent what a failed assertion is about?

A check that looks at `tape.calls` judges what was sent, often far below the function that it called. The line
of the check's own task on the way to the call says more than that function's first one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from grader.verdict.reading import Place, line_of, same_function


def senders(file: Path, line: int, calls: Sequence[Any], owns: Callable[[str], bool]) -> list[Place]:
    """The owned lines, innermost first, that sent what the assertion at `line` of a test is about.

    Empty if it is about something else, or about calls that were sent from several lines.
    """
    indexes = _indexes(file, line)
    if indexes is None:
        return []
    about = [calls[index] for index in indexes if -len(calls) <= index < len(calls)] or list(calls)
    stacks = {tuple(at for at in call.stack if owns(at[0])) for call in about}
    if len({stack[:1] for stack in stacks}) != 1:
        return []
    return [Place(name, at, line_of(name, at), function) for name, at, function in min(stacks, key=len)]


def of_task(places: list[Place], task: int, reference: Path, test_file: Path) -> list[Place]:
    """The places from the first that can be at fault in a check of this task.

    A function that is the reference's word for word, as given ones are, is right; one that checks of other
    tasks alone call was judged there. Everything else was written for this task, or is helping it.
    """
    judged = _judged(test_file)
    for number, place in enumerate(places):
        given = Path(place.file) != reference and same_function(place.function, Path(place.file), reference)
        if not given and task in judged.get(place.function, {task}):
            return places[number:]
    return []


def _judged(test_file: Path) -> dict[str, set[int]]:
    """The tasks whose checks mention a name, by name."""
    found: dict[str, set[int]] = {}
    try:
        tree = ast.parse(test_file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return found
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (task := _task(node)) is not None:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name):
                    found.setdefault(inner.id, set()).add(task)
    return found


def _task(check: ast.FunctionDef | ast.AsyncFunctionDef) -> int | None:
    """The number in a check's `@pytest.mark.task(2, ...)`."""
    for mark in check.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "task":
            number = _literal(mark.args[0]) if mark.args else None
            return number if isinstance(number, int) else None
    return None


def _indexes(file: Path, line: int) -> set[int] | None:
    """Which items of `tape.calls` the assertion is about: empty for all of them, None if it is about none."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    around = [
        n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or 0)
    ]
    stated = [node for node in around if isinstance(node, ast.Assert)]
    function = next(
        (node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)), None
    )
    if not stated or function is None:
        return None
    nodes = [node for part in _made_of(stated[-1].test, function) for node in ast.walk(part)]
    ledgers = [node for node in nodes if _is_ledger(node)]
    if not ledgers:
        return None
    indexes = [
        _literal(node.slice) for node in nodes if isinstance(node, ast.Subscript) and _is_ledger(node.value)
    ]
    return {index for index in indexes if isinstance(index, int)} if len(indexes) == len(ledgers) else set()


def _made_of(expression: ast.expr, function: ast.AST) -> list[ast.expr]:
    """An expression, and those that its names were bound to in the function, in turn."""
    found, waiting = [expression], [expression]
    bound = list(_bound(function))
    while waiting:
        names = {node.id for node in ast.walk(waiting.pop()) if isinstance(node, ast.Name)}
        new = [value for name, value in bound if name in names and value not in found]
        found += new
        waiting += new
    return found


def _bound(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Each name that a function binds, with what it is bound to, or goes through."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            pairs = [(node.target, node.iter)]
        else:
            continue
        for target, value in pairs:
            yield from ((n.id, value) for n in ast.walk(target) if isinstance(n, ast.Name))


def _is_ledger(node: ast.AST) -> bool:
    """Whether this is `tape.calls`."""
    owner = getattr(node, "value", None)
    return isinstance(node, ast.Attribute) and node.attr == "calls" and getattr(owner, "id", "") == "tape"


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
