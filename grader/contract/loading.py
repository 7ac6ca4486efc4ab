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
        remedy = "Correct the line; no check can run before that."
        return BrokenModule(
            "syntax", Path(error.filename), f"{type(error).__name__}: {error.msg}.", remedy, error.lineno
        )
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(file.parent)
    ]
    place, line = (Path(frames[-1].filename), frames[-1].lineno) if frames else (file, None)
    kind, problem, remedy = _in_words(error)
    return BrokenModule(kind, place, problem, remedy, line)


def _in_words(error: BaseException) -> tuple[str, str, str]:
    """Kind, problem and remedy of an exception raised while a file was executed."""
    said = (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__).rstrip(".")
    if isinstance(error, ModuleNotFoundError) and error.name:
        return "import", f"The package {error.name!r} is not installed.", install(error.name) or UNKNOWN
    if isinstance(error, ImportError):
        return "import", f"{said}.", "Check the spelling of the name, and the file it comes from."
    if waits_for_input(error):
        return (
            "input",
            "The file waits for input while it is imported.",
            "Move it into a function, or guard it: " + MAIN,
        )
    if isinstance(error, SystemExit):
        return (
            "exit",
            "The file ends the program while it is imported.",
            "Remove the call, or guard it: " + MAIN,
        )
    if isinstance(error, NotImplementedError) and str(error).startswith("Task "):
        return "task", str(error), "The file calls this function while it is imported: do this task first."
    if not isinstance(error, Exception):  # ours: a time limit, a network attempt
        return (
            getattr(error, "kind", "raised"),
            str(error),
            "Move such work into a function, or guard it: " + MAIN,
        )
    return "raised", f"{said}.", "Correct the line; no check can run before that."


UNKNOWN = "Check the spelling; the exercise needs no package beyond those that the course installs."
MAIN = 'if __name__ == "__main__":'


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
    for requirement in wanted:
        project = re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        if extra and project.replace("-", "_").lower() == name.split(".")[0].lower():
            return f"Install what this module needs: pip install -e '.[{extra[1]}]'"
    return None
