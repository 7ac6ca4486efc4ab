"""Executing a graded file: its names, or what is wrong with it, with the line and the remedy."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.contract.missing import BrokenModule

PACKAGE = "stateless-course"


def execute(name: str, files: list[Path]) -> tuple[dict[str, Any], BrokenModule | None]:
    """Execute `files` one after the other in one namespace; returns the names, and the trouble if any.

    The module stays in `sys.modules` under `name`: dataclasses and pydantic look up their types there.
    """
    module = ModuleType(name)
    module.__file__ = str(files[0])
    if files[0].name == "__init__.py":
        module.__path__ = [str(files[0].parent)]
    for stale in [known for known in sys.modules if known == name or known.startswith(name + ".")]:
        del sys.modules[stale]
    sys.modules[name] = module
    try:
        for file in files:
            exec(compile(file.read_bytes(), str(file), "exec", dont_inherit=True), module.__dict__)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return {}, explain(error, files[0])
    return module.__dict__, None


def explain(error: BaseException, file: Path) -> BrokenModule:
    """What stopped a file from loading, with the deepest line in its folder."""
    if isinstance(error, FileNotFoundError) and error.filename == str(file):
        return BrokenModule("absent", file, f"{file.name} is missing.", "Get it back: git checkout -- FILE")
    if isinstance(error, SyntaxError) and error.filename:
        problem = f"{type(error).__name__}: {error.msg}"
        problem += "" if problem.endswith("?") else "."  # Python asks: Maybe you meant '=='?
        return BrokenModule("syntax", Path(error.filename), problem, CORRECT, error.lineno)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(file.parent)]
    place, line = (Path(own[-1].filename), own[-1].lineno) if own else (file, None)
    kind, problem, remedy = _in_words(error)
    return BrokenModule(kind, place, problem, remedy, line)


CORRECT = "Correct the line; no check can run before that."
GUARD = 'Move it into a function, or guard it: if __name__ == "__main__":'
UNKNOWN = "Check the spelling; the exercise needs no package beyond those that the course installs."


def _in_words(error: BaseException) -> tuple[str, str, str]:
    """Kind, problem and remedy of an exception raised while a file was executed."""
    said = (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__).rstrip(".")
    if isinstance(error, ModuleNotFoundError) and error.name:
        return "import", f"The package {error.name!r} is not installed.", install(error.name) or UNKNOWN
    if isinstance(error, ImportError):
        return "import", f"{said}.", "Check the spelling of the name, and the file it comes from."
    if isinstance(error, NotImplementedError) and str(error).startswith("Task "):
        return "task", str(error), "The file calls this function while it is imported: do this task first."
    if waits_for_input(error):
        return "input", "The file waits for input while it is imported.", GUARD
    if isinstance(error, SystemExit):
        return "exit", "The file ends the program while it is imported.", GUARD
    if isinstance(error, Exception):
        return "raised", f"{said}.", CORRECT
    return getattr(error, "kind", "raised"), str(error), GUARD  # ours: a time limit, a network attempt


def waits_for_input(error: BaseException) -> bool:
    """Whether code called `input()` where nobody types: pytest's stand-in for stdin raises then."""
    return isinstance(error, (OSError, EOFError)) and "reading" in str(error) and "stdin" in str(error)


def install(name: str) -> str | None:
    """How to install a package that an extra of this course holds; None for any other package."""
    import importlib.metadata  # late: only a missing package needs it

    try:
        wanted = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        wanted = []
    extras = []
    for requirement in wanted:
        project = re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        if extra and project.replace("-", "_").lower() == name.split(".")[0].lower():
            extras.append(extra[1])
    if not extras:
        return None
    # `dev` repeats the other extras: name it only where it is the one that holds the package.
    chosen = min(extras, key=lambda extra: extra == "dev")
    return f"Install what this module needs: pip install -e '.[{chosen}]'"
