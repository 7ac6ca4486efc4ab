"""Names that the learner's file cannot give: what a test gets instead, and what the learner then reads."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.contract.sides import Source


class MissingName(BaseException):
    """The learner's file lacks a name that a check uses; not an Exception, so no `pytest.raises` takes it."""

    def __init__(self, source: Source, name: str) -> None:
        self.file, self.name = source.file, name
        self.declared = declaration(source.module.reference, name)
        super().__init__(f"{source.file.name} has no {name!r}.")


class BrokenModule(BaseException):
    """The file did not load. `kind`: syntax, import, raised, exit, slow, network, input, absent or task."""

    def __init__(self, kind: str, file: Path, problem: str, remedy: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.kind, self.file, self.problem, self.remedy, self.line = kind, file, problem, remedy, line


class Placeholder(type):
    """The metaclass of stand-ins: usable in `pytest.raises(...)`, raising its trouble at any other use."""

    trouble: BaseException

    def __call__(cls, *_args: Any, **_kwargs: Any) -> Any:
        raise cls.trouble

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):  # pytest looks for marks and mocks while it collects
            raise AttributeError(name)
        raise cls.trouble

    def __getitem__(cls, key: Any) -> Any:
        raise cls.trouble

    def __iter__(cls) -> Any:
        raise cls.trouble


def placeholder(name: str, trouble: BaseException) -> Placeholder:
    """A stand-in for a name, so that importing it does not break the collection of the whole test file."""
    return Placeholder(name, (Exception,), {"trouble": trouble})


def declaration(reference: Path, name: str) -> str | None:
    """How the course declares a name, such as `def solve(question: str) -> dict`; None if unknown."""
    try:
        body = ast.parse(reference.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            node.body, node.decorator_list = [ast.Expr(ast.Constant(...))], []
            return ast.unparse(node).replace("\n", " ").removesuffix("...").strip().rstrip(":")
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return f"{name} = ..."
    return None
