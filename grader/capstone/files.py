"""The file that runs: the reference or the learner's own, and what of the learner's is still open."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

from grader.capstone.endings import Unfinished
from grader.course import Module


def loaded(module: Module, path: Path) -> ModuleType:
    """The file under the import name of its exercise. Raises Unfinished where it cannot be imported."""
    from grader.contract.loading import execute  # late: only it needs what the checks load with

    _, broken = execute(module.slug, [path])
    if broken:
        line = f", line {broken.line}" if broken.line else ""
        raise Unfinished(f"{shown(module, broken.file)}{line}: {broken.problem}\n{broken.remedy}")
    return sys.modules[module.slug]


def open_tasks(module: Module) -> dict[str, str]:
    """The learner's open tasks: number and what is to do."""
    found: dict[str, str] = {}
    for _, number, words in _stubs(module):
        found.setdefault(number, words)
    return found


def open_functions(module: Module) -> set[str]:
    """The names of the learner's functions that are still to be written."""
    return {name for name, _, _ in _stubs(module)}


def _stubs(module: Module) -> list[tuple[str, str, str]]:
    """Function, task number and words of every stub, in the file's order."""
    text = module.starter.read_text(encoding="utf-8") if module.starter.is_file() else ""
    found = re.finditer(
        r'^ *(?:async )?def (\w+)|NotImplementedError\(\s*"Task (\d+): ([^"]+)', text, re.MULTILINE
    )
    name, stubs = "", []
    for match in found:
        name = match[1] or name
        if match[2]:
            stubs.append((name, match[2], match[3]))
    return stubs


def unfinished(module: Module, gap: str) -> str:
    """Which tasks are open, and the next command; `gap` is what the run met."""
    lines = [f"  {number}  {words}" for number, words in open_tasks(module).items()] or [f"  {gap}"]
    first = next(iter(open_tasks(module)), "1")
    return "\n".join(
        [f"Your {shown(module, module.starter)} is not finished. Open tasks:", *lines, "",
         f"Next: pytest exercises/{module.key}", f"Stuck? grader hint {module.key} {first}"]
    )  # fmt: skip


def shown(module: Module, path: Path) -> str:
    """The path as it is typed in the course's folder."""
    return str(path.relative_to(module.root)) if path.is_relative_to(module.root) else str(path)
