"""Which source gets loaded? The learner's, the reference, the reference with an overlay, or a submission.

The seam for hostile grading: `load(module, side)` returns a `Source`; a `Facade` is built over any Source.
For `side.submission` the names come from `grader.grade.names.load(module, folder) -> Source`:
- `names`: functions that ask the child process (an `async def` for an async one), and exception classes;
- `broken`: a BrokenModule if the submission could not be loaded;
- `around(tape)`: a context manager entered around each check, where the child gets the tape of that check.
An exception raised by such a function may carry `remote_place = (file, line, text)` for the words.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.contract.facade import Facade
from grader.contract.loading import execute
from grader.contract.missing import BrokenModule
from grader.course import Module


@dataclass(frozen=True)
class Side:
    """Whose code is graded: `learner`, `solution`, `overlay` or `file` (a file), `submission` (a folder)."""

    name: str = "learner"
    path: Path | None = None

    def folder(self, module: Module) -> Path:
        """Where the graded file of a module lies."""
        if self.name == "submission" and self.path is not None:
            return self.path
        if self.name == "file" and self.path is not None:
            return self.path.parent
        return module.exercise if self.name == "learner" else module.solution


@dataclass
class Source:
    """The names of one graded module and where they came from."""

    module: Module
    side: Side
    file: Path
    names: Mapping[str, Any] = field(default_factory=dict)
    broken: BrokenModule | None = None
    around: Callable[[Any], AbstractContextManager[Any]] | None = None

    def owns(self, file: str | Path) -> bool:
        """Whether a file is part of the graded code (and not the test, which lies in the same folder)."""
        path = Path(file)
        if path == self.module.test_file:
            return False
        if self.side.name == "overlay" and path == self.side.path:
            return True
        return path.is_relative_to(self.side.folder(self.module))


class WrongSide(RuntimeError):
    """A graded module did not come from the chosen side; the message names the file."""


def chosen(
    *,
    solution: bool = False,
    overlay: str | None = None,
    submission: str | None = None,
    file: str | None = None,
) -> Side:
    """The side that the command line asks for. Raises ValueError when it asks for two."""
    paths = {"overlay": overlay, "submission": submission, "file": file}
    asked = [f"--{name}" for name, given in {"solution": solution, **paths}.items() if given]
    if len(asked) > 1:
        raise ValueError(f"{' and '.join(asked)} exclude each other: choose one side.")
    for name, path in paths.items():
        if path:
            return Side(name, Path(path).resolve())
    return Side("solution" if solution else "learner")


def load(module: Module, side: Side) -> Source:
    """The graded names of a module, from the chosen side; what fails to load is told, not raised."""
    if side.name == "submission":
        from grader.grade.names import load as load_submission  # late: for `grader grade` only

        return load_submission(module, side.folder(module))
    own = side.path if side.name == "file" else None
    file = own or graded_file(side.folder(module), module.slug)
    overlay = [side.path] if side.name == "overlay" and side.path else []
    home = "exercises" if side.name == "learner" else "solutions"
    names, broken = execute(f"{home}.{module.slug}", [file, *overlay])
    return Source(module, side, file, names, broken)


def graded_file(folder: Path, slug: str) -> Path:
    """`cot.py`, or `cot/__init__.py` where a module has grown into a package."""
    package = folder / slug / "__init__.py"
    return package if package.is_file() else folder / f"{slug}.py"


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers `import cot` with the facade of the chosen side, for the slugs of the modules being graded."""

    def __init__(self, side: Side, around: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        self.side, self.around = side, around  # `around` bounds the time that loading a module may take
        self.facades: dict[str, Facade] = {}
        self.modules: dict[str, Module] = {}

    def add(self, module: Module) -> None:
        """Let `import <slug>` mean this module; a package of the same name elsewhere is put aside."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        self.modules[module.slug] = module
        if module.slug not in self.facades:
            sys.modules.pop(module.slug, None)

    def facade(self, module: Module) -> Facade:
        if module.slug not in self.facades:
            with self.around():
                self.facades[module.slug] = Facade(load(module, self.side))
        return self.facades[module.slug]

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - import's signature
        if name not in self.modules:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=str(self.side.folder(self.modules[name])))

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self.facade(self.modules[spec.name])

    def exec_module(self, module: ModuleType) -> None:
        """The facade is complete as it is made."""

    def close(self) -> None:
        """Forget everything, so that the next session in this process loads afresh."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for slug in self.modules:
            sys.modules.pop(slug, None)

    def guard(self) -> None:
        """Refuse a session in which a graded module, or a module that it imported, is of another side."""
        tests = {module.test_file for module in self.modules.values()}
        other = "solutions" if self.side.name == "learner" else "exercises"
        # Texts, not paths: thousands of modules are loaded, and this runs before every session.
        foreign = tuple(f"{module.root / other}{os.sep}" for module in self.modules.values())
        for slug, facade in self.facades.items():
            if sys.modules.get(slug) is not facade:
                raise WrongSide(f"`import {slug}` does not give the {self.side.name} side of {slug}.")
        for loaded in list(sys.modules.values()):
            file = getattr(loaded, "__file__", None)
            if isinstance(file, str) and file.startswith(foreign) and Path(file) not in tests:
                raise WrongSide(f"The {self.side.name} side is graded, but {file} was imported.")
