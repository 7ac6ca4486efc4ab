"""What do a module's files declare? Read as syntax: nothing is imported, no broken file stops the proof."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TASK = re.compile(r"^Task (\d+)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Check:
    """One test function: `task` is None and `sentence` empty where the author left them out."""

    name: str
    line: int
    task: int | None
    needs: tuple[int, ...]
    cassettes: tuple[str, ...]
    sentence: str
    judges: bool


@dataclass(frozen=True)
class Wrong:
    """One named misconception: `error` says why the file is not well-formed, else it is empty."""

    path: Path
    sentence: str = ""
    caught_by: tuple[str, ...] = ()
    hint: int | None = None
    defines: tuple[str, ...] = ()
    error: str = ""

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True)
class Gap:
    """One function that the learner has to write; `name` is dotted for a method."""

    name: str
    task: int | None
    line: int
    says: str = ""


def tree(path: Path) -> ast.Module:
    """The syntax of a file. Raises SyntaxError."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def checks(test_file: Path) -> list[Check]:
    """Every test function of a test file, in order. Raises SyntaxError."""
    found = [node for node in tree(test_file).body if isinstance(node, Function)]
    # A helper that asserts judges on behalf of the checks that call it.
    judges = {node.name for node in found if not node.name.startswith("test_") and _asserts(node, set())}
    return [_check(node, judges) for node in found if node.name.startswith("test_")]


def _asserts(node: Function, judges: set[str]) -> bool:
    return any(
        isinstance(n, ast.Assert) or (isinstance(n, ast.Call) and _called(n) in ("raises", "fail", *judges))
        for n in ast.walk(node)
    )


def _check(node: Function, judges: set[str]) -> Check:
    task: int | None = None
    needs: tuple[int, ...] = ()
    cassettes: list[str] = []
    for call in _marks(node):
        values = [_literal(argument) for argument in call.args]
        if _called(call) == "task" and values and isinstance(values[0], int):
            task = values[0]
            needs = next((_numbers(k.value) for k in call.keywords if k.arg == "needs"), ())
        if _called(call) == "cassette":
            cassettes += [value for value in values if isinstance(value, str)]
    sentence = (ast.get_docstring(node) or "").strip()
    return Check(node.name, node.lineno, task, needs, tuple(cassettes), sentence, _asserts(node, judges))


def _numbers(node: ast.expr) -> tuple[int, ...]:
    value = _literal(node)
    return tuple(n for n in value if isinstance(n, int)) if isinstance(value, list | tuple) else ()


def _marks(node: Function) -> Iterator[ast.Call]:
    for decorator in node.decorator_list:
        yield from (n for n in ast.walk(decorator) if isinstance(n, ast.Call))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def wrong(path: Path) -> Wrong:
    """The misconception that a file declares; what is not well-formed is said in `error`."""
    try:
        body = tree(path)
    except SyntaxError as reason:
        return Wrong(path, error=f"does not parse: {reason.msg} in line {reason.lineno}")
    constants = {
        target.id: _literal(node.value)
        for node in body.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    caught = constants.get("CAUGHT_BY")
    hint = constants.get("HINT")
    return Wrong(
        path,
        sentence=(ast.get_docstring(body) or "").strip(),
        caught_by=tuple(caught) if isinstance(caught, list | tuple) else (),
        hint=hint if isinstance(hint, int) else None,
        defines=tuple(n for n in bound(path, imports=False) if n not in ("CAUGHT_BY", "HINT")),
    )


def bound(path: Path, *, imports: bool = True) -> list[str]:
    """The names that a file binds at its top level, in order. Raises SyntaxError."""
    nodes = tree(path).body
    kept = [node for node in nodes if imports or not isinstance(node, ast.Import | ast.ImportFrom)]
    return list(dict.fromkeys(name for node in kept for name in defined(node)))


def defined(node: ast.stmt) -> list[str]:
    """The names that one top-level statement binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [n.id for target in targets if target for n in ast.walk(target) if isinstance(n, ast.Name)]


def functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function and method with its dotted name, nested functions left out."""
    for node in body:
        if isinstance(node, Function):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node.body, f"{prefix}{node.name}.")


def gaps(starter: Path) -> list[Gap]:
    """The functions of a starter that raise NotImplementedError, each with its first. Raises SyntaxError."""
    found = []
    for name, node in functions(tree(starter).body):
        for statement in _statements(node.body):
            if isinstance(statement, ast.Raise) and (says := _not_implemented(statement)) is not None:
                number = TASK.match(says)
                found.append(Gap(name, int(number[1]) if number else None, statement.lineno, says))
                break
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement of a body in order, those inside `if`, `with`, `try` and loops too."""
    for statement in body:
        yield statement
        for name in ("body", "handlers", "orelse", "finalbody"):
            inner = getattr(statement, name, [])
            if not isinstance(statement, Function | ast.ClassDef):
                yield from _statements(inner)


def _not_implemented(statement: ast.Raise) -> str | None:
    """What a `raise NotImplementedError(...)` says; None for any other raise."""
    raised = statement.exc
    if isinstance(raised, ast.Name) and raised.id == "NotImplementedError":
        return ""
    if isinstance(raised, ast.Call) and getattr(raised.func, "id", "") == "NotImplementedError":
        return str(_literal(raised.args[0]) or "") if raised.args else ""
    return None


def chapter_tasks(path: Path) -> list[int]:
    """The numbers of the exercises under the chapter's `## Exercises` heading, in file order."""
    numbers, inside, fenced = [], False, False
    for line in path.read_text(encoding="utf-8").splitlines():
        fenced = fenced != line.lstrip().startswith("```")
        if fenced:
            continue
        if line.startswith("## "):
            inside = line.removeprefix("## ").strip().lower().startswith("exercise")
        elif inside and (item := re.match(r"^(?:#{3,4} )?(?:\*\*)?(?:Task |Exercise )?(\d+)[.:]", line)):
            numbers.append(int(item[1]))
    return numbers
