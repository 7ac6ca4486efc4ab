"""From a collected test to a check, and from what cannot be collected to words."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.contract.loading import install
from grader.contract.missing import BrokenModule, MissingName
from grader.course import KEY, Module
from grader.verdict.diagnosis import REPORT
from grader.verdict.outcome import Check
from grader.verdict.troubles import Refused
from grader.verdict.wording import path


def graded(file: Path) -> Module | None:
    """The module whose test file this is: `<root>/exercises/04_cot/test_cot.py`, wherever the root is."""
    folder = file.parent
    if folder.parent.name != "exercises" or not KEY.match(folder.name):
        return None
    module = Module(folder.name, folder.parent.parent)
    return module if file == module.test_file else None


def only_exercises(args: Sequence[str], here: Path) -> bool:
    """Whether everything to be collected lies under an `exercises` folder."""
    found = [(here / str(arg).split("::", 1)[0]).resolve() for arg in args]
    return bool(found) and all(_in_exercises(file) for file in found)


def _in_exercises(path: Path) -> bool:
    """`exercises` itself or a module in it; a checkout below some other `exercises` is none of ours."""
    folders = [path, *path.parents]
    return path.name == "exercises" or any(
        KEY.match(folder.name) and folder.parent.name == "exercises" for folder in folders
    )


def may_be_imported(module: Module, others: Mapping[str, Module]) -> Module:
    """The module, if `import <slug>` can mean it alone. Raises Refused for Python's names and for twins."""
    if module.slug in sys.stdlib_module_names:
        raise Refused(
            f"`import {module.slug}` means a module of Python's own. Rename the folder {module.key}."
        )
    twin = others.get(module.slug, module)
    if twin != module:
        raise Refused(f"`import {module.slug}` means {twin.key} already. Rename the folder {module.key}.")
    return module


def check_of(item: Any, module: Module) -> Check:
    """The check that a test is. Raises Refused for a test that names no task."""
    if not inspect.isroutine(getattr(item, "function", None)):
        raise Refused(f"{item.name} is no function. Write each check as a function.")
    mark = item.get_closest_marker("task")
    if mark is None:
        raise Refused(f"{item.name} names no task. Mark it: @pytest.mark.task(1).")
    numbers = [*mark.args, *mark.kwargs.get("needs", [])]
    if len(mark.args) != 1 or not all(type(n) is int and n > 0 for n in numbers):
        raise Refused(f"{item.name}: task{mark.args} is not a task. Write @pytest.mark.task(2, needs=[1]).")
    task, *needs = numbers
    if task in needs:
        raise Refused(f"{item.name}: task {task} cannot need itself. Take it out of needs.")
    sentence = " ".join((inspect.getdoc(item.function) or "").partition("\n\n")[0].split())
    named = item.originalname.removeprefix("test_").replace("_", " ")
    return Check(f"{module.key}::{item.name}", item.name, task, needs, sentence=sentence or f"It {named}.")


def trouble(error: BaseException, file: Path) -> str:
    """Why a test file could not be collected, in words."""
    cause = error.__cause__ or error
    if isinstance(error, Refused):
        return f"{path(file)}: {error}"
    said = f"{type(cause).__name__}: {cause}"
    extra = install(cause.name) if isinstance(cause, ModuleNotFoundError) and cause.name else None
    if extra:
        return f"The checks need a package that is missing ({cause}). {extra}"
    if isinstance(error, MissingName):
        return f"{error} The checks need it to begin: {error.declared or error.name}."
    if isinstance(error, BrokenModule):
        return f"{path(error.file, error.line)}: {error.problem} {error.remedy}"
    return f"Our fault: {path(file)} cannot be collected ({said}). {REPORT}"
